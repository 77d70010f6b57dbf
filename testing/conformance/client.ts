/** The client under test: connectconformance writes calls to its standard input and reads what came of them. */
import { create, createRegistry } from "@bufbuild/protobuf";
import { createGrpcTransport, type GrpcTransport } from "@jumpstarter/core/grpc";
import {
  type ClientCompatRequest,
  ClientCompatRequestSchema,
  type ClientCompatResponse,
  ClientCompatResponseSchema,
} from "../proto/gen/connectrpc/conformance/v1/client_compat_pb.ts";
import { Codec, Compression } from "../proto/gen/connectrpc/conformance/v1/config_pb.ts";
import { file_connectrpc_conformance_v1_service } from "../proto/gen/connectrpc/conformance/v1/service_pb.ts";
import { invoke } from "./invoke.ts";
import { readMessages, writeMessage } from "./size_delimited.ts";

/** Calls under way at once. */
const PARALLEL = 16;

/** The suite's JSON carries requests as google.protobuf.Any, whose types one has to know. */
const REGISTRY = createRegistry(file_connectrpc_conformance_v1_service);

const transports = new Map<string, GrpcTransport>();

/** The transport for a call: one for all calls that differ in nothing that a transport knows. */
function transportFor(request: ClientCompatRequest): GrpcTransport {
  const decoder = new TextDecoder();
  const { host, port, serverTlsCert, clientTlsCreds, messageReceiveLimit } = request;
  const tls = serverTlsCert.length === 0 ? undefined : {
    ca: decoder.decode(serverTlsCert),
    cert: clientTlsCreds && decoder.decode(clientTlsCreds.cert),
    key: clientTlsCreds && decoder.decode(clientTlsCreds.key),
  };
  const options = {
    address: `${host}:${port}`,
    tls,
    maxReceiveBytes: messageReceiveLimit || undefined,
    compression: request.compression === Compression.GZIP ? "gzip" as const : undefined,
    format: request.codec === Codec.JSON ? "json" as const : "proto" as const,
  };
  const key = JSON.stringify(options);
  const transport = transports.get(key) ?? createGrpcTransport({ ...options, registry: REGISTRY });
  transports.set(key, transport);
  return transport;
}

async function answer(request: ClientCompatRequest): Promise<ClientCompatResponse> {
  const response = create(ClientCompatResponseSchema, { testName: request.testName });
  try {
    const value = await invoke(transportFor(request), request);
    response.result = { case: "response", value };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    response.result = {
      case: "error",
      value: { $typeName: "connectrpc.conformance.v1.ClientErrorResult", message },
    };
  }
  return response;
}

const running = new Set<Promise<void>>();
for await (const request of readMessages(ClientCompatRequestSchema)) {
  const done = answer(request).then((response) => {
    writeMessage(ClientCompatResponseSchema, response);
    running.delete(done);
  });
  running.add(done);
  if (running.size >= PARALLEL) await Promise.race(running);
}
await Promise.all(running);
for (const transport of transports.values()) transport.close();
