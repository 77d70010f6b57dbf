import type { Family } from "../harness/suite.ts";
import { files } from "./families/files.ts";
import { memory } from "./families/memory.ts";
import { portForwards } from "./families/port_forwards.ts";
import { ptyConsole } from "./families/pty_console.ts";
import { serial } from "./families/serial.ts";
import { upstreamClients } from "./families/upstream_clients.ts";

/** All rows of `deno task bench exporter`, in the order of the table. */
export function exporterFamilies(): readonly Family[] {
  return [portForwards, files, serial, ptyConsole, memory, ...upstreamClients];
}
