import assert from "node:assert/strict";
import {
  create,
  fromBinary,
  type JsonValue,
  type MessageInitShape,
  toBinary,
} from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import { PowerInterface } from "@jumpstarter/proto/driver/power/v1";
import { AllTypesMessageSchema, DeviceInterface } from "@jumpstarter/testing/echo/v1";
import fc from "fast-check";
import {
  jsonToValue,
  type MethodPlan,
  methodPlans,
  requestFromValues,
  responseFromValue,
  snakeCase,
  valueFromResponse,
  valuesFromRequest,
  valueToJson,
} from "./mod.ts";

const plan = (name: string): MethodPlan => {
  const found = methodPlans(DeviceInterface).find((plan) => plan.name === name);
  assert.ok(found, name);
  return found;
};

Deno.test("names by name are snake_case", () => {
  for (
    const [name, snake] of [["On", "on"], ["SetDtr", "set_dtr"], ["GetHTTPUrl", "get_http_url"], [
      "Read2Bytes",
      "read2_bytes",
    ]]
  ) {
    assert.equal(snakeCase(name), snake);
  }
});

Deno.test("plans say by which rpc a method is called", () => {
  const kinds = methodPlans(DeviceInterface).map(({ name, kind }) => `${name} ${kind}`);
  assert.deepEqual(kinds, [
    "nothing unary",
    "greet unary",
    "all_types unary",
    "join_words unary",
    "count stream",
    "fail unary",
    "take unary",
    "give unary",
    "connect bytes",
    "missing unary",
  ]);
  assert.equal(methodPlans(PowerInterface), methodPlans(PowerInterface));
});

const json: fc.Arbitrary<JsonValue> = fc.jsonValue() as fc.Arbitrary<JsonValue>;

Deno.test("any JSON survives the way through a Value", () => {
  fc.assert(fc.property(json, (value) => {
    const bytes = toBinary(ValueSchema, jsonToValue(value));
    // -0 is the one number that JSON does not tell from another.
    assert.deepEqual(
      JSON.parse(JSON.stringify(valueToJson(fromBinary(ValueSchema, bytes)))),
      JSON.parse(JSON.stringify(value)),
    );
  }));
});

const text = fc.string({ unit: "grapheme" });
const part = fc.record({ partName: text, weight: fc.option(fc.integer(), { nil: undefined }) });
const message: fc.Arbitrary<MessageInitShape<typeof AllTypesMessageSchema>> = fc.record({
  text,
  flag: fc.boolean(),
  small: fc.integer(),
  large: fc.maxSafeInteger().map(BigInt),
  unsigned: fc.maxSafeNat().map(BigInt),
  number: fc.integer(),
  data: text.map((text) => new TextEncoder().encode(text)),
  maybe: fc.option(text, { nil: undefined }),
  list: fc.array(text),
  map: fc.dictionary(text, fc.integer(), { noNullPrototype: true }),
  part: fc.option(part, { nil: undefined }),
  parts: fc.array(part),
  // By name null is the same as nothing.
  any: json.filter((value) => value !== null).map(jsonToValue),
});

Deno.test("a request survives the way through a list of arguments", () => {
  fc.assert(fc.property(message, (init) => {
    const request = create(AllTypesMessageSchema, init);
    const back = requestFromValues(
      plan("all_types"),
      valuesFromRequest(plan("all_types"), request),
    );
    assert.deepEqual(back, request);
  }));
});

Deno.test("a response survives the way through a result", () => {
  const method = plan("all_types");
  fc.assert(fc.property(message, (init: object) => {
    const response = create(AllTypesMessageSchema, {
      ...init,
      data: new Uint8Array(),
      any: undefined,
    });
    const back = responseFromValue(method, valueFromResponse(method, response));
    assert.deepEqual({ ...back, any: undefined }, { ...response, any: undefined });
  }));
});

Deno.test("numbers that JSON has no word for become null", () => {
  for (const number of [NaN, Infinity, -Infinity]) {
    assert.equal(valueToJson(jsonToValue(number)), null);
  }
});

Deno.test("arguments at the end that are not set are left out", () => {
  const greet = plan("greet");
  const request = create(greet.method.input, { name: "a" } as never);
  assert.deepEqual(valuesFromRequest(greet, request).map(valueToJson), ["a"]);
  const join = plan("join_words");
  const words = create(join.method.input, { separator: "-", words: ["a", "b"] } as never);
  assert.deepEqual(valuesFromRequest(join, words).map(valueToJson), ["-", "a", "b"]);
  const none = create(join.method.input, { separator: "-" } as never);
  assert.deepEqual(valuesFromRequest(join, none).map(valueToJson), ["-"]);
});

Deno.test("a handle is a struct by name and text natively", () => {
  const take = plan("take");
  const handle = { kind: "client_stream", uuid: "u" };
  const request = requestFromValues(take, [jsonToValue(handle)]);
  assert.equal((request as unknown as { source: string }).source, JSON.stringify(handle));
  assert.deepEqual(valuesFromRequest(take, request).map(valueToJson), [handle]);
});
