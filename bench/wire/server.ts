import { create } from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { type ConnListener, GrpcServer, listenTls } from "@jumpstarter/core/grpc";
import { routerStream } from "@jumpstarter/core/stream";
import { ExporterService, RouterService } from "@jumpstarter/proto/v1";
import { serveOperations } from "../worker/command_loop.ts";
import { addByteMethods } from "./byte_methods.ts";
import { STREAM_DRIVERS } from "./drivers.ts";
import { memoryOperation } from "../worker/memory_operation.ts";
import { SERVER_OPTIONS, type ServerOptions } from "./options.ts";

/** Our server: calls and streams of a driver, and plain byte messages, on one listener. */
const options = JSON.parse(Deno.env.get(SERVER_OPTIONS) ?? "{}") as ServerOptions;
const nothing = create(ValueSchema, { kind: { case: "nullValue", value: 0 } });

const server = new GrpcServer();
server.add(ExporterService, {
  driverCall: () => ({ uuid: crypto.randomUUID(), result: nothing }),
  async *streamingDriverCall({ args }) {
    const count = args[0].kind.value as number;
    for (let value = 0; value < count; value++) {
      yield { uuid: crypto.randomUUID(), result: { kind: { case: "numberValue", value } } };
    }
  },
});
server.addRaw(RouterService.method.stream, async (call) => {
  const { method } = JSON.parse(call.requestHeader.get("request") ?? "{}") as { method?: string };
  const driver = STREAM_DRIVERS[method ?? ""];
  if (driver === undefined) throw new ConnectError(`method ${method} not found`, Code.NotFound);
  call.sendInitialMetadata();
  await driver(routerStream(call), server);
});
addByteMethods(server);

const { listener, address } = await listen();
void server.serve(listener);
await serveOperations({ memory: memoryOperation }, address);

async function listen(): Promise<{ listener: ConnListener; address: string }> {
  const { unixPath, tls } = options;
  if (unixPath !== undefined) {
    return {
      listener: Deno.listen({ transport: "unix", path: unixPath }),
      address: `unix:${unixPath}`,
    };
  }
  const local = { hostname: "127.0.0.1", port: 0 };
  const listener = tls === undefined ? Deno.listen(local) : await listenTls({ ...local, ...tls });
  return { listener, address: `127.0.0.1:${listener.addr.port}` };
}
