import {
  create,
  type DescField,
  fromJson,
  isMessage,
  type JsonObject,
  type JsonValue,
  type Message,
  ScalarType,
} from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import type { Value } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { fieldJson, hasPresence, plainJson } from "./plain_json.ts";
import type { MethodPlan } from "./plan.ts";
import { jsonToValue, valueToJson } from "./value.ts";

/**
 * The request that a list of arguments means.
 *
 * @throws {ConnectError} INVALID_ARGUMENT if one is missing, one too many, or of the wrong type
 */
export function requestFromValues(plan: MethodPlan, values: readonly Value[]): Message {
  const { parameters, method: { input } } = plan;
  const most = plan.variadic ? parameters.length - 1 : parameters.length;
  if (values.length > most && !plan.variadic) {
    throw invalid(plan, `wants ${count(most)}, got ${values.length}`);
  }
  if (parameters.length === 0) return create(input);
  const json: JsonObject = {};
  for (const [at, field] of parameters.slice(0, most).entries()) {
    const value = at < values.length ? valueToJson(values[at]) : null;
    if (value !== null) json[field.name] = argument(plan, field, value);
    else if (!mayBeAbsent(field)) {
      throw invalid(plan, `argument ${at + 1}, ${field.name}, is missing`);
    }
  }
  if (plan.variadic) json[parameters[most].name] = values.slice(most).map(valueToJson);
  try {
    return fromJson(input, json, { ignoreUnknownFields: true });
  } catch (error) {
    throw invalid(plan, (error as Error).message);
  }
}

/** The arguments of a request, without those at the end that are not set. */
export function valuesFromRequest(plan: MethodPlan, request: Message): Value[] {
  const view = reflect(plan.method.input, request);
  const arguments_: (JsonValue | undefined)[] = plan.parameters.map((field) => {
    // Python has defaults for what may be null, and seldom for lists and maps: empty ones are sent.
    if (hasPresence(field) && !view.isSet(field)) return undefined;
    const json = fieldJson(field, view);
    return plan.resources.includes(field) ? handleJson(json as string) : json;
  });
  if (plan.variadic) {
    const rest = arguments_.pop() as JsonValue[] | undefined;
    if (rest !== undefined && rest.length > 0) return [...arguments_, ...rest].map(jsonToValue);
  }
  while (arguments_.length > 0 && arguments_.at(-1) === undefined) arguments_.pop();
  return arguments_.map(jsonToValue);
}

/** The result that a response means. */
export function valueFromResponse(plan: MethodPlan, response: Message | undefined): Value {
  const { result, method: { output } } = plan;
  if (result.kind === "nothing") return jsonToValue(null);
  const message = isMessage(response, output) ? response : create(output, response as never);
  if (result.kind === "message") return jsonToValue(plainJson(output, message));
  const view = reflect(output, message);
  return result.kind === "field"
    ? jsonToValue(fieldJson(result.field, view))
    : jsonToValue(result.fields.map((field) => fieldJson(field, view)));
}

/**
 * The response that a result means.
 *
 * @throws {ConnectError} INTERNAL if the peer sent something else
 */
export function responseFromValue(plan: MethodPlan, value: Value | undefined): Message {
  const { result, method: { output } } = plan;
  if (result.kind === "nothing") return create(output);
  const json = valueToJson(value);
  let fields: JsonValue = json;
  if (result.kind === "field") fields = { [result.field.name]: json };
  else if (result.kind === "tuple") {
    const list = Array.isArray(json) ? json : [json];
    fields = Object.fromEntries(result.fields.map((field, at) => [field.name, list[at] ?? null]));
  }
  try {
    return fromJson(output, fields, { ignoreUnknownFields: true });
  } catch (error) {
    throw new ConnectError(
      `Cannot read the result of ${plan.name}: ${(error as Error).message}`,
      Code.Internal,
    );
  }
}

/** Whether a caller by name may leave the argument out: Python's defaults. */
function mayBeAbsent(field: DescField): boolean {
  return hasPresence(field) || field.fieldKind === "list" || field.fieldKind === "map";
}

function argument(plan: MethodPlan, field: DescField, value: JsonValue): JsonValue {
  if (plan.resources.includes(field) && typeof value === "object") return JSON.stringify(value);
  if (field.scalar === ScalarType.BYTES && typeof value === "string") {
    return btoa(String.fromCharCode(...new TextEncoder().encode(value)));
  }
  return value;
}

/** A handle is a struct by name; natively it is that struct's text, or a URL. */
function handleJson(handle: string): JsonValue {
  return handle.startsWith("{") ? JSON.parse(handle) : handle;
}

const count = (arguments_: number): string =>
  arguments_ === 1 ? "1 argument" : `${arguments_} arguments`;

function invalid(plan: MethodPlan, reason: string): ConnectError {
  return new ConnectError(`Cannot call ${plan.name}: ${reason}`, Code.InvalidArgument);
}
