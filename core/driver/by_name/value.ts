import { create, type JsonObject, type JsonValue } from "@bufbuild/protobuf";
import {
  ListValueSchema,
  NullValue,
  StructSchema,
  type Value,
  ValueSchema,
} from "@bufbuild/protobuf/wkt";

/** The value of nothing, which is also that of numbers JSON has no word for (core-spec §4.1). */
const NULL: Value["kind"] = { case: "nullValue", value: NullValue.NULL_VALUE };

/** The wire's value of a JSON value. NaN and the infinities become null, as upstream's do. */
export function jsonToValue(json: JsonValue | undefined): Value {
  return create(ValueSchema, { kind: kindOf(json) });
}

function kindOf(json: JsonValue | undefined): Value["kind"] {
  switch (typeof json) {
    case "string":
      return { case: "stringValue", value: json };
    case "number":
      return Number.isFinite(json) ? { case: "numberValue", value: json } : NULL;
    case "boolean":
      return { case: "boolValue", value: json };
    case "object": {
      if (json === null) return NULL;
      if (Array.isArray(json)) {
        const values = json.map(jsonToValue);
        return { case: "listValue", value: create(ListValueSchema, { values }) };
      }
      const fields: Record<string, Value> = {};
      for (const [key, value] of Object.entries(json)) fields[key] = jsonToValue(value);
      return { case: "structValue", value: create(StructSchema, { fields }) };
    }
    default:
      return NULL;
  }
}

/** The JSON value of a wire's value; one that is not set is null. */
export function valueToJson(value: Value | undefined): JsonValue {
  const kind = value?.kind;
  switch (kind?.case) {
    case "stringValue":
    case "numberValue":
    case "boolValue":
      return kind.value;
    case "listValue":
      return kind.value.values.map(valueToJson);
    case "structValue": {
      const json: JsonObject = {};
      for (const [key, field] of Object.entries(kind.value.fields)) json[key] = valueToJson(field);
      return json;
    }
    default:
      return null;
  }
}
