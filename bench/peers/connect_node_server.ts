import { create } from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import type { ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { ExporterService, RouterService } from "@jumpstarter/proto/v1";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { serveOperations } from "../worker/command_loop.ts";

/** connect-node's stock gRPC server in Deno, with what upstream's bench exporter offers of it. */
function routes(router: ConnectRouter): void {
  const nothing = create(ValueSchema, { kind: { case: "nullValue", value: 0 } });
  router.service(ExporterService, {
    driverCall: () => ({ uuid: crypto.randomUUID(), result: nothing }),
    async *streamingDriverCall({ args }) {
      const count = args[0].kind.value as number;
      for (let value = 0; value < count; value++) {
        yield { uuid: crypto.randomUUID(), result: { kind: { case: "numberValue", value } } };
      }
    },
  });
  router.service(RouterService, {
    async *stream(requests) {
      for await (const { payload } of requests) yield { payload };
    },
  });
}

const server = createServer(connectNodeAdapter({ routes }));
server.listen(0, "127.0.0.1", () => {
  void serveOperations({}, `127.0.0.1:${(server.address() as AddressInfo).port}`);
});
