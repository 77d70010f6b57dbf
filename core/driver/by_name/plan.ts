import { type DescField, type DescMethod, type DescService, getOption } from "@bufbuild/protobuf";
import { by_name, type ByName, resource_handle, variadic } from "@jumpstarter/proto/annotations";

/** The response's part that a caller by name gets: all of it, one field, or its fields as a list. */
export type ResultShape =
  | { readonly kind: "nothing" }
  | { readonly kind: "message" }
  | { readonly kind: "field"; readonly field: DescField }
  | { readonly kind: "tuple"; readonly fields: readonly DescField[] };

/** How a method of an interface is called by name: derived from the descriptor and its annotations. */
export interface MethodPlan {
  /** The name: `On` is `on`, `SetDtr` is `set_dtr`. */
  readonly name: string;
  /** By which rpc: `DriverCall`, `StreamingDriverCall`, or `RouterService.Stream`. */
  readonly kind: "unary" | "stream" | "bytes";
  /** The method natively. */
  readonly method: DescMethod;
  /** The arguments: the request's fields in the order of their numbers. */
  readonly parameters: readonly DescField[];
  /** Whether the last parameter takes all further arguments. */
  readonly variadic: boolean;
  /** The parameters that hold the handle of a resource. */
  readonly resources: readonly DescField[];
  /** What the result is. */
  readonly result: ResultShape;
}

const plans = new WeakMap<DescService, readonly MethodPlan[]>();

/** The plans of an interface's methods, in the order of the `.proto` file. */
export function methodPlans(service: DescService): readonly MethodPlan[] {
  let known = plans.get(service);
  if (known === undefined) {
    known = service.methods.map(planOf);
    plans.set(service, known);
  }
  return known;
}

/** What a method of an interface is called by name: its name in snake_case, unless annotated otherwise. */
export function snakeCase(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").replace(/([A-Z])([A-Z][a-z])/g, "$1_$2")
    .toLowerCase();
}

const STREAM_DATA = "jumpstarter.driver.v1.StreamData";

function planOf(method: DescMethod): MethodPlan {
  const options = getOption(method, by_name);
  const parameters = method.methodKind === "bidi_streaming" ? [] : inOrder(method.input.fields);
  const last = parameters.at(-1);
  return {
    name: options.name || snakeCase(method.name),
    kind: kindOf(method),
    method,
    parameters,
    variadic: last !== undefined && getOption(last, variadic),
    resources: parameters.filter((field) => getOption(field, resource_handle)),
    result: resultOf(method, options),
  };
}

function kindOf(method: DescMethod): MethodPlan["kind"] {
  switch (method.methodKind) {
    case "unary":
      return "unary";
    case "server_streaming":
      return "stream";
    case "bidi_streaming":
      if (method.input.typeName === STREAM_DATA && method.output.typeName === STREAM_DATA) {
        return "bytes";
      }
      break;
  }
  throw new TypeError(
    `Cannot call ${method.parent.typeName}.${method.name} by name: want a unary call, a stream of responses, or ` +
      `streams of ${STREAM_DATA} both ways: it is ${method.methodKind}`,
  );
}

function resultOf({ output, name, parent }: DescMethod, options: ByName): ResultShape {
  if (output.typeName === "google.protobuf.Empty") return { kind: "nothing" };
  if (options.resultTuple) return { kind: "tuple", fields: inOrder(output.fields) };
  if (options.resultField === "") return { kind: "message" };
  const field = output.fields.find((field) => field.name === options.resultField);
  if (field !== undefined) return { kind: "field", field };
  throw new TypeError(
    `Cannot call ${parent.typeName}.${name} by name: ${output.typeName} has no field '${options.resultField}'`,
  );
}

function inOrder(fields: readonly DescField[]): DescField[] {
  return [...fields].sort((a, b) => a.number - b.number);
}
