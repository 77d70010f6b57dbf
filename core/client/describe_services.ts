import { createFileRegistry, type DescService, fromBinary } from "@bufbuild/protobuf";
import { type FileDescriptorProto, FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  ServerReflection,
  type ServerReflectionRequest,
} from "@jumpstarter/proto/grpc/reflection/v1";
import type { Connection } from "./connection.ts";
import { DeviceError } from "./device_error.ts";

/** Time for one question, in ms. */
const REFLECTION_TIMEOUT_MS = 10_000;

type Question = Extract<
  ServerReflectionRequest["messageRequest"],
  { case: "fileContainingSymbol" | "fileByFilename" }
>;

/** Descriptors of services, by gRPC reflection, with all files that they need. @throws {DeviceError} */
export async function describeServices(
  connection: Connection,
  services: readonly string[],
): Promise<DescService[]> {
  const files = new Map<string, FileDescriptorProto>();
  const found: DescService[] = [];
  for (const service of services) {
    const answer = await ask(connection, { case: "fileContainingSymbol", value: service });
    const [first] = answer;
    await collect(connection, answer, files);
    const registry = createFileRegistry(first, (name) => files.get(name));
    const desc = registry.getService(service);
    if (desc === undefined) throw failure(`the exporter's descriptors have no '${service}'`);
    found.push(desc);
  }
  return found;
}

/** Adds files, and those that they import. */
async function collect(
  connection: Connection,
  answer: readonly FileDescriptorProto[],
  files: Map<string, FileDescriptorProto>,
): Promise<void> {
  const open = [...answer];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (files.has(file.name)) continue;
    files.set(file.name, file);
    for (const name of file.dependency) {
      if (files.has(name) || open.some((other) => other.name === name)) continue;
      open.push(...await ask(connection, { case: "fileByFilename", value: name }));
    }
  }
}

async function ask(
  connection: Connection,
  messageRequest: Question,
): Promise<FileDescriptorProto[]> {
  const method = ServerReflection.method.serverReflectionInfo;
  const context = { timeoutMs: REFLECTION_TIMEOUT_MS };
  for await (
    const { messageResponse } of connection.serverStream(method, { messageRequest }, context)
  ) {
    if (messageResponse.case === "errorResponse") throw failure(messageResponse.value.errorMessage);
    if (messageResponse.case !== "fileDescriptorResponse") continue;
    return messageResponse.value.fileDescriptorProto.map((bytes) =>
      fromBinary(FileDescriptorProtoSchema, bytes)
    );
  }
  throw failure("the exporter did not answer");
}

function failure(reason: string): DeviceError {
  return DeviceError.of(
    new ConnectError(`Cannot describe services: ${reason}`, Code.Unimplemented),
  );
}
