import {
  type DescEnum,
  type DescField,
  type DescMessage,
  type JsonObject,
  type JsonValue,
  type Message,
  toJson,
} from "@bufbuild/protobuf";
import { reflect, type ReflectMessage, type ScalarValue } from "@bufbuild/protobuf/reflect";

/**
 * A message as upstream's drivers put it (core-spec §4.1): names as in the `.proto` file, every field, null for what is not
 * set, integers as numbers, bytes as text.
 */
export function plainJson(desc: DescMessage, message: Message): JsonValue {
  if (desc.typeName.startsWith("google.protobuf.")) {
    return desc.typeName === "google.protobuf.Empty" ? null : toJson(desc, message);
  }
  const view = reflect(desc, message);
  const json: JsonObject = {};
  for (const field of desc.fields) json[field.name] = fieldJson(field, view);
  return json;
}

/** One field's part of {@linkcode plainJson}. */
export function fieldJson(field: DescField, view: ReflectMessage): JsonValue {
  switch (field.fieldKind) {
    case "list": {
      const list: JsonValue[] = [];
      for (const item of view.get(field)) list.push(itemJson(field, item));
      return list;
    }
    case "map": {
      const map: JsonObject = {};
      for (const [key, item] of view.get(field)) map[String(key)] = itemJson(field, item);
      return map;
    }
    default:
      // Only fields with presence can be unset; the others have their default.
      if (hasPresence(field) && !view.isSet(field)) return null;
      return itemJson(field, view.get(field));
  }
}

/** Whether it can be told that the field was not given: `optional`, a message, a member of a oneof. */
export function hasPresence(field: DescField): boolean {
  return field.fieldKind === "message" || field.oneof !== undefined ||
    (field.proto.proto3Optional ?? false);
}

function itemJson(field: DescField, item: unknown): JsonValue {
  if (field.message !== undefined) {
    return plainJson(field.message, (item as ReflectMessage).message);
  }
  if (field.enum !== undefined) return enumJson(field.enum, item as number);
  return scalarJson(item as ScalarValue);
}

function enumJson(desc: DescEnum, number: number): JsonValue {
  return desc.value[number]?.name ?? number;
}

function scalarJson(value: ScalarValue): JsonValue {
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  return value;
}
