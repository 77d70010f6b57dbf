/** What a peer can notice of a `.proto` file, as lines one can compare. */
import {
  createRegistry,
  type DescMessage,
  type JsonValue,
  type MessageShape,
  toJson,
} from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldOptionsSchema,
  type FileDescriptorProto,
  MessageOptionsSchema,
  MethodOptionsSchema,
  type ServiceDescriptorProto,
} from "@bufbuild/protobuf/wkt";
import { file_google_api_annotations } from "./gen/google/api/annotations_pb.ts";
import { file_google_api_client } from "./gen/google/api/client_pb.ts";
import { file_google_api_field_behavior } from "./gen/google/api/field_behavior_pb.ts";
import { file_google_api_resource } from "./gen/google/api/resource_pb.ts";

/** The extensions that options are made of. */
const registry = createRegistry(
  file_google_api_annotations,
  file_google_api_client,
  file_google_api_field_behavior,
  file_google_api_resource,
);

/** JSON with its keys in order: compilers write options in orders of their own. */
function sorted(value: JsonValue): JsonValue {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1);
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

/** Options, extensions included. */
function optionFacts<D extends DescMessage>(schema: D, options?: MessageShape<D>): string {
  if (options === undefined) return "";
  return ` ${JSON.stringify(sorted(toJson(schema, options, { registry })))}`;
}

function fieldFact(field: FieldDescriptorProto): string {
  const type = FieldDescriptorProto_Type[field.type].toLowerCase();
  const label = field.proto3Optional
    ? "explicit"
    : FieldDescriptorProto_Label[field.label].toLowerCase();
  const options = optionFacts(FieldOptionsSchema, field.options);
  return `${field.number} ${label} ${type}${field.typeName} json=${field.jsonName}${options}`;
}

function enumFacts(prefix: string, desc: EnumDescriptorProto, facts: Map<string, string>): void {
  for (const value of desc.value) {
    facts.set(`${prefix}.${desc.name}.${value.name}`, `${value.number}`);
  }
}

function messageFacts(prefix: string, desc: DescriptorProto, facts: Map<string, string>): void {
  const name = `${prefix}.${desc.name}`;
  facts.set(name, `message${optionFacts(MessageOptionsSchema, desc.options)}`);
  for (const field of desc.field) facts.set(`${name}.${field.name}`, fieldFact(field));
  for (const inner of desc.nestedType) messageFacts(name, inner, facts);
  for (const inner of desc.enumType) enumFacts(name, inner, facts);
}

function serviceFacts(
  prefix: string,
  desc: ServiceDescriptorProto,
  facts: Map<string, string>,
): void {
  for (const method of desc.method) {
    const stream = (is: boolean) => is ? "stream " : "";
    facts.set(
      `${prefix}.${desc.name}/${method.name}`,
      `${stream(method.clientStreaming)}${method.inputType} -> ${stream(method.serverStreaming)}` +
        method.outputType + optionFacts(MethodOptionsSchema, method.options),
    );
  }
}

/**
 * Everything on the wire that a file decides: names and numbers of fields and enum values, types, labels, presence,
 * JSON names, methods with their streams, and options.
 */
export function descriptorFacts(file: FileDescriptorProto): Map<string, string> {
  const facts = new Map<string, string>();
  for (const desc of file.messageType) messageFacts(file.package, desc, facts);
  for (const desc of file.enumType) enumFacts(file.package, desc, facts);
  for (const desc of file.service) serviceFacts(file.package, desc, facts);
  return facts;
}
