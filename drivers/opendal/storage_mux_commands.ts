import type { DriverCommand, DriverCommands } from "@jumpstarter/core/client";
import { dumpCommand, flashCommand, sendImage, withBar } from "../flasher/mod.ts";
import { StorageMuxInterface } from "@jumpstarter/proto/driver/storage_mux/v1";
import type { StorageMuxClient, StorageMuxFlasherClient } from "./storage_mux_client.ts";

/** What the commands of both clients need. */
type Mux = StorageMuxClient | StorageMuxFlasherClient;

function switching(name: "host" | "dut" | "off", summary: string): DriverCommand<Mux> {
  return {
    name,
    summary,
    async run({ node }, { signal }): Promise<void> {
      await node.typed(StorageMuxInterface)[name]({}, { signal });
    },
  };
}

const WRITE_LOCAL_FILE: DriverCommand<Mux> = {
  name: "write-local-file",
  summary: "Write a file to the storage, which must be at the host",
  args: [{ name: "FILE", summary: "a path, or an http(s) URL" }],
  async run({ node }, call): Promise<void> {
    const { signal } = call;
    const driver = node.typed(StorageMuxInterface);
    await withBar("write", call, async (options) => {
      const image = call.args[0] as string;
      await sendImage(node, image, (src) => driver.write({ src }, { signal }), options);
    });
  },
};

const SWITCHING: readonly DriverCommand<Mux>[] = [
  switching("host", "Connect storage to host"),
  switching("dut", "Connect storage to dut"),
  switching("off", "Disconnect storage"),
  WRITE_LOCAL_FILE,
];

/** What `j` knows of a storage mux. */
export const storageMuxCommands: DriverCommands<StorageMuxClient> = {
  summary: "Storage operations",
  commands: SWITCHING,
};

/** What `j` knows of a storage mux that flashes. */
export const storageMuxFlasherCommands: DriverCommands<StorageMuxFlasherClient> = {
  summary: "Generic flasher interface",
  commands: [flashCommand, dumpCommand, ...SWITCHING],
};
