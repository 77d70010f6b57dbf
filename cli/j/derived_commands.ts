import {
  type DescField,
  type DescService,
  fromJson,
  type JsonObject,
  type JsonValue,
  type Message,
  ScalarType,
} from "@bufbuild/protobuf";
import {
  type CommandArgument,
  type CommandCall,
  type CommandOption,
  type DriverCommand,
  type DriverNode,
  UsageError,
} from "@jumpstarter/core/client";
import {
  type MethodPlan,
  methodPlans,
  valueFromResponse,
  valueToJson,
} from "@jumpstarter/core/driver";
import { pipeStream } from "./pipe_stream.ts";
import { withFiles } from "./with_files.ts";

/** Comments of `.proto` files, by full name. */
export type Comments = Readonly<Record<string, string>>;

/** The command of a method: `SetDtr` is `set-dtr`. */
export function commandName(plan: MethodPlan): string {
  return plan.name.replaceAll("_", "-");
}

/**
 * A command for each method of an interface. What the request must have are arguments, the rest options; fields that
 * hold a file are paths, or URLs for the exporter to use.
 */
export function derivedCommands(
  service: DescService,
  comments: Comments,
): DriverCommand<DriverNode>[] {
  return methodPlans(service).map((plan) => {
    const { method } = plan;
    const summary = comments[`${service.typeName}.${method.name}`] ?? `Call ${method.name}`;
    if (plan.kind === "bytes") return streamCommand(plan, summary);
    const fields = plan.parameters.map((field) => parameter(field, plan, comments));
    return {
      name: commandName(plan),
      summary,
      args: fields.flatMap(({ argument }) => argument ?? []),
      options: fields.flatMap(({ option }) => option ?? []),
      run: (node, call) => runMethod(service, plan, fields, node, call),
    };
  });
}

function streamCommand(plan: MethodPlan, summary: string): DriverCommand<DriverNode> {
  return {
    name: commandName(plan),
    summary: `${summary} Joins standard input and output with it`,
    run: async (node, { signal, terminal }) => {
      await using stream = await node.stream(plan.name, { signal });
      await pipeStream(stream, terminal, signal);
    },
  };
}

/** One field of a request, on the command line. */
interface Parameter {
  readonly field: DescField;
  readonly argument?: CommandArgument;
  readonly option?: CommandOption;
}

function parameter(field: DescField, plan: MethodPlan, comments: Comments): Parameter {
  const summary = comments[`${field.parent.typeName}.${field.name}`] ?? "";
  const name = field.name.replaceAll("_", "-");
  const isVariadic = plan.variadic && field === plan.parameters.at(-1);
  if (isVariadic) {
    return { field, argument: { name, summary, variadic: true, required: false } };
  }
  if (field.fieldKind === "scalar" || field.fieldKind === "enum") {
    const choices = field.enum?.values.map((value) => value.name);
    const isFlag = field.scalar === ScalarType.BOOL;
    if (!isOptional(field)) {
      const argument = { name, summary, type: typeOf(field) };
      return {
        field,
        argument: choices || isFlag
          ? { ...argument, choices: choices ?? ["true", "false"] }
          : argument,
      };
    }
    if (isFlag) return { field, option: { flags: `--${name}`, summary, type: "boolean" } };
    return { field, option: { flags: `--${name} <value>`, summary, type: typeOf(field), choices } };
  }
  if (field.fieldKind === "list") {
    const value = field.message === undefined ? "value" : "json";
    return { field, option: { flags: `--${name} <${value}>`, summary, repeatable: true } };
  }
  if (field.fieldKind === "map") {
    return { field, option: { flags: `--${name} <key=value>`, summary, repeatable: true } };
  }
  return { field, option: { flags: `--${name} <json>`, summary } };
}

function isOptional(field: DescField): boolean {
  return field.oneof !== undefined || (field.proto.proto3Optional ?? false);
}

function typeOf(field: DescField): "string" | "integer" | "number" {
  switch (field.scalar) {
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return "number";
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return "integer";
    default:
      return "string";
  }
}

async function runMethod(
  service: DescService,
  plan: MethodPlan,
  parameters: readonly Parameter[],
  node: DriverNode,
  call: CommandCall,
): Promise<void> {
  const { signal, terminal } = call;
  const values: JsonObject = {};
  let at = 0;
  for (const { field, argument, option } of parameters) {
    const given = argument ? call.args[at++] : call.options[optionKey(option!)];
    const value = fieldValue(field, given);
    if (value !== undefined) values[field.name] = value;
  }
  await withFiles(node, plan, values, call, async (values) => {
    const request = requestOf(plan, values);
    const methods = node.typed(service) as Record<string, (...args: unknown[]) => unknown>;
    const response = methods[plan.method.localName](request, { signal });
    if (plan.kind === "unary") return await show(await response as Message);
    for await (const item of response as AsyncIterable<Message>) await show(item);
  });

  function show(response: Message): Promise<void> {
    const value = valueToJson(valueFromResponse(plan, response));
    return plan.result.kind === "nothing" ? Promise.resolve() : terminal.data(value, textOf);
  }
}

function requestOf(plan: MethodPlan, values: JsonObject): Message {
  try {
    return fromJson(plan.method.input, values);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** The name under which commander keeps an option. */
function optionKey({ flags }: CommandOption): string {
  return /--([\w-]+)/.exec(flags)![1].replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
}

function fieldValue(field: DescField, given: unknown): JsonValue | undefined {
  if (given === undefined) return undefined;
  if (field.fieldKind === "map") {
    return Object.fromEntries((given as string[]).map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) {
        throw new UsageError(`--${field.name} must be KEY=VALUE: current value is '${pair}'`);
      }
      return [pair.slice(0, at), pair.slice(at + 1)];
    }));
  }
  if (field.fieldKind === "list") {
    return (given as string[]).map((item) =>
      field.message ? json(field, item) : scalar(field, item)
    );
  }
  return field.message ? json(field, String(given)) : scalar(field, given as JsonValue);
}

function scalar(field: DescField, value: JsonValue): JsonValue {
  if (field.scalar === ScalarType.BOOL) return value === true || value === "true";
  if (field.scalar !== ScalarType.BYTES) return value;
  let binary = "";
  for (const byte of new TextEncoder().encode(String(value))) binary += String.fromCharCode(byte);
  return btoa(binary);
}

function json(field: DescField, text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`--${field.name} must be JSON: current value is '${text}'`);
  }
}

/** A result for a person: lists and messages one line each. */
export function textOf(value: JsonValue): string {
  if (value === null) return "";
  if (Array.isArray(value)) return value.map(inLine).join("\n");
  if (typeof value === "object") {
    return Object.entries(value).map(([key, item]) => `${key}: ${inLine(item)}`).join("\n");
  }
  return String(value);
}

function inLine(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
