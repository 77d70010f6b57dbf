/** Our client: every operation of the exporter bench, on one connection; `client.ts HOST:PORT`. */
import { connect } from "@jumpstarter/core/client";
import { serveOperations } from "../worker/command_loop.ts";
import { fileOperations } from "./file_operations.ts";
import { forwardOperations } from "./forward_operations.ts";
import { serialOperations } from "./serial_operations.ts";

const device = await connect({ host: Deno.args[0], insecure: true });
await serveOperations({
  // The driver reports upstream's plainest client class and is called by name, as upstream's client calls it.
  calls: async ({ count }) => {
    for (let call = 0; call < count; call++) await device.find("power").call("on");
    return {};
  },
  ...forwardOperations(device),
  ...fileOperations(device),
  ...serialOperations(device),
});
