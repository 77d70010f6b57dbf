import { createClient } from "@connectrpc/connect";
import { createGrpcTransport, type GrpcTransport } from "@jumpstarter/core/grpc";
import { byteConnFromDuplex } from "@jumpstarter/core/http2";
import { ExporterService } from "@jumpstarter/proto/v1";
import { serveOperations } from "../worker/command_loop.ts";
import { driverCalls } from "../worker/driver_calls.ts";
import { memoryOperation } from "../worker/memory_operation.ts";
import { CLIENT_OPTIONS, type ClientOptions } from "./options.ts";
import { openRouterStream } from "./open_router_stream.ts";
import { streamOperations } from "./stream_operations.ts";

/** Our client: every operation of the wire bench on one transport. */
const options = JSON.parse(Deno.env.get(CLIENT_OPTIONS) ?? "{}") as ClientOptions;
const transport = connect();

await serveOperations({
  ...driverCalls(createClient(ExporterService, transport)),
  ...streamOperations((method) => openRouterStream(transport, method)),
  memory: memoryOperation,
});

function connect(): GrpcTransport {
  const { address, ca, tunnel } = options;
  const direct = createGrpcTransport({ address, tls: ca === undefined ? false : { ca } });
  if (!tunnel) return direct;
  return createGrpcTransport({
    address: () => Promise.resolve(byteConnFromDuplex(openRouterStream(direct, "tunnel"))),
  });
}
