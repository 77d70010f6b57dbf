import { Code, type ServiceImpl } from "@connectrpc/connect";
import type { DescFile, DescService, MessageInitShape } from "@bufbuild/protobuf";
import {
  ServerReflection,
  type ServerReflectionRequest,
  type ServerReflectionResponseSchema,
} from "@jumpstarter/proto/grpc/reflection/v1";
import { ServerReflection as ServerReflectionAlpha } from "@jumpstarter/proto/grpc/reflection/v1alpha";
import { DescriptorIndex, encodeFiles, fileName } from "./descriptor_index.ts";

type Response = MessageInitShape<typeof ServerReflectionResponseSchema>;
type Request = Pick<ServerReflectionRequest, "host" | "messageRequest">;

/** A server that services are added to. */
export interface Reflected {
  /** The services it has. */
  readonly services: readonly DescService[];
  /** Adds one. */
  add<S extends DescService>(service: S, impl: Partial<ServiceImpl<S>>): unknown;
}

/**
 * Adds gRPC's reflection service, v1 and v1alpha, to a server: tools like grpcurl list and call its
 * services without their .proto files. Services added later are shown too.
 */
export function addReflection(server: Reflected): void {
  let index: DescriptorIndex | undefined;
  let indexed = 0;
  const current = (): DescriptorIndex => {
    if (index === undefined || indexed !== server.services.length) {
      index = new DescriptorIndex(server.services);
      indexed = server.services.length;
    }
    return index;
  };
  async function* serverReflectionInfo(requests: AsyncIterable<Request>): AsyncGenerator<Response> {
    const sent = new Set<string>();
    for await (const request of requests) {
      yield {
        validHost: request.host,
        originalRequest: request as ServerReflectionRequest,
        messageResponse: answer(current(), request, sent),
      };
    }
  }
  server.add(ServerReflection, { serverReflectionInfo });
  // The messages of both versions have the same fields.
  server.add(
    ServerReflectionAlpha,
    { serverReflectionInfo } as unknown as ServiceImpl<typeof ServerReflectionAlpha>,
  );
}

function answer(
  index: DescriptorIndex,
  { messageRequest: asked }: Request,
  sent: Set<string>,
): NonNullable<Response["messageResponse"]> {
  switch (asked.case) {
    case "listServices":
      return {
        case: "listServicesResponse",
        value: { service: index.serviceNames.map((name) => ({ name })) },
      };
    case "fileByFilename":
      return files(index.file(asked.value), asked.value, sent);
    case "fileContainingSymbol":
      return files(index.fileOfSymbol(asked.value), asked.value, sent);
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = asked.value;
      const file = index.fileOfExtension(containingType, extensionNumber);
      return files(file, `extension ${extensionNumber} of ${containingType}`, sent);
    }
    case "allExtensionNumbersOfType": {
      const numbers = index.extensionNumbers(asked.value);
      if (numbers === undefined) return failure(Code.NotFound, `${asked.value} not found`);
      return {
        case: "allExtensionNumbersResponse",
        value: { baseTypeName: asked.value, extensionNumber: numbers },
      };
    }
    default:
      return failure(Code.InvalidArgument, "the request asks for nothing known");
  }
}

/** The file asked for is sent each time, what it imports once per call. */
function files(
  file: DescFile | undefined,
  asked: string,
  sent: Set<string>,
): NonNullable<Response["messageResponse"]> {
  if (file === undefined) return failure(Code.NotFound, `${asked} not found`);
  sent.delete(fileName(file));
  return {
    case: "fileDescriptorResponse",
    value: { fileDescriptorProto: encodeFiles(file, sent) },
  };
}

function failure(errorCode: Code, message: string): NonNullable<Response["messageResponse"]> {
  return { case: "errorResponse", value: { errorCode, errorMessage: message } };
}
