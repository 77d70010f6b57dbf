import type { $ZodType } from "zod/v4/core";

/** The parts of a schema's inner definition that lead on. */
interface Definition {
  type: string;
  shape?: Record<string, $ZodType>;
  innerType?: $ZodType;
  valueType?: $ZodType;
  element?: $ZodType;
  in?: $ZodType;
  out?: $ZodType;
  options?: readonly $ZodType[];
  left?: $ZodType;
  right?: $ZodType;
  getter?: () => $ZodType;
}

/**
 * The keys that a schema knows at a place, to guess what somebody meant who wrote another.
 *
 * @param schema The schema of the whole.
 * @param path The place, relative to it.
 * @returns Their names; none where any key goes.
 */
export function schemaKeys(schema: $ZodType, path: readonly PropertyKey[]): string[] {
  const definition = schema._zod.def as unknown as Definition;
  const [part, ...rest] = path;
  if (definition.shape !== undefined) {
    if (part === undefined) return Object.keys(definition.shape);
    const inner = definition.shape[String(part)];
    return inner === undefined ? [] : schemaKeys(inner, rest);
  }
  const below = definition.element ?? definition.valueType;
  if (below !== undefined) return part === undefined ? [] : schemaKeys(below, rest);
  const same = definition.type === "lazy" ? [definition.getter!()] : definition.options ??
    [definition.innerType, definition.in, definition.out, definition.left, definition.right];
  return [...new Set(same.flatMap((inner) => inner ? schemaKeys(inner, path) : []))];
}
