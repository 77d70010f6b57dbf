import assert from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import { Code, type ConnectError } from "@connectrpc/connect";
import {
  CountRequestSchema,
  EchoRequestSchema,
  WaitResponseSchema,
} from "@jumpstarter/testing/echo/v1";
import { codec } from "./codec.ts";

for (const format of ["proto", "json"] as const) {
  Deno.test(`codec ${format} reads what it wrote, of messages and of initializers`, () => {
    const { parse, serialize } = codec(EchoRequestSchema, format);
    const message = create(EchoRequestSchema, { text: "ü", data: new Uint8Array([1, 2]) });
    assert.deepEqual(parse(serialize(message)), message);
    assert.deepEqual(parse(serialize({ text: "ü", data: new Uint8Array([1, 2]) })), message);
  });

  Deno.test(`codec ${format} refuses bytes that are no message`, () => {
    const { parse } = codec(EchoRequestSchema, format);
    assert.throws(
      () => parse(new Uint8Array([0x0a, 0xff, 0xff])),
      (error: ConnectError) => error.code === Code.InvalidArgument,
    );
  });
}

Deno.test("codec writes a message without fields as nothing", () => {
  const { parse, serialize } = codec(WaitResponseSchema, "proto");
  assert.equal(serialize({}).length, 0);
  assert.equal(parse(new Uint8Array(0)).$typeName, "jumpstarter.test.v1.WaitResponse");
});

Deno.test("codec refuses what cannot be written", () => {
  const { serialize } = codec(CountRequestSchema, "proto");
  assert.throws(
    () => serialize({ to: -1 }),
    (error: ConnectError) => error.code === Code.Internal,
  );
});
