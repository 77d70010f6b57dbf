/**
 * The server under test: connectconformance starts it, tells it on standard input what to be, and reads on standard
 * output where it listens.
 */
import { create, createRegistry } from "@bufbuild/protobuf";
import { GrpcServer, type GrpcServerOptions, listenTls } from "@jumpstarter/core/grpc";
import { HTTPVersion } from "../proto/gen/connectrpc/conformance/v1/config_pb.ts";
import {
  type ServerCompatRequest,
  ServerCompatRequestSchema,
  ServerCompatResponseSchema,
} from "../proto/gen/connectrpc/conformance/v1/server_compat_pb.ts";
import {
  ConformanceService,
  file_connectrpc_conformance_v1_service,
} from "../proto/gen/connectrpc/conformance/v1/service_pb.ts";
import { endWithParent } from "../ready.ts";
import { conformanceService } from "./service.ts";
import { readMessages, writeMessage } from "./size_delimited.ts";

const HOST = "127.0.0.1";

/** Credentials as PEM. */
interface Credentials {
  cert: string;
  key: string;
}

/** Listens as the request says; resolves to the port. */
async function listen(request: ServerCompatRequest): Promise<number> {
  // The suite's JSON carries requests as google.protobuf.Any, whose types one has to know.
  const options: GrpcServerOptions = {
    registry: createRegistry(file_connectrpc_conformance_v1_service),
  };
  if (request.messageReceiveLimit > 0) options.maxReceiveBytes = request.messageReceiveLimit;
  const server = new GrpcServer(options).add(ConformanceService, conformanceService);
  const credentials = readCredentials(request);
  if (request.httpVersion === HTTPVersion.HTTP_VERSION_1) return serveHttp1(server, credentials);
  const clientCa = request.clientTlsCert.length > 0
    ? new TextDecoder().decode(request.clientTlsCert)
    : undefined;
  const listener = credentials === undefined
    ? Deno.listen({ hostname: HOST, port: 0 })
    : await listenTls({ hostname: HOST, port: 0, clientCa, ...credentials });
  server.serve(listener);
  return (listener.addr as Deno.NetAddr).port;
}

function readCredentials({ useTls, serverCreds }: ServerCompatRequest): Credentials | undefined {
  if (!useTls || serverCreds === undefined) return undefined;
  const decoder = new TextDecoder();
  return { cert: decoder.decode(serverCreds.cert), key: decoder.decode(serverCreds.key) };
}

/** Connect and gRPC-Web as browsers speak them. */
function serveHttp1(server: GrpcServer, credentials: Credentials | undefined): number {
  const options = { hostname: HOST, port: 0, onListen: () => {}, ...credentials };
  return (Deno.serve(options, server.fetchHandler).addr as Deno.NetAddr).port;
}

endWithParent();
for await (const request of readMessages(ServerCompatRequestSchema)) {
  const port = await listen(request);
  const pemCert = request.serverCreds?.cert ?? new Uint8Array(0);
  writeMessage(
    ServerCompatResponseSchema,
    create(ServerCompatResponseSchema, { host: HOST, port, pemCert }),
  );
}
