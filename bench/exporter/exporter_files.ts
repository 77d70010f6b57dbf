import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { findPeerKit } from "../wire/python_peers.ts";
import type { NetbenchPorts } from "./netbench.ts";

/** What an exporter's file is filled in with. */
export interface ExporterValues {
  /** Where the file goes, and the exporter's storage: a folder. */
  readonly folder: string;
  /** Where the TCP drivers lead; nowhere unless told. */
  readonly ports?: NetbenchPorts;
  /** A serial port that is added as `console`. */
  readonly serialPort?: string;
  /** Whether the Bench driver is left out: not every way to start an exporter knows it. */
  readonly plain?: boolean;
}

/** Nobody listens at the port of the `discard` service. */
const NOWHERE: NetbenchPorts = { echo: 9, sink: 9, source: 9 };

/** Writes our exporter's file; its path. */
export async function writeOurFile(values: ExporterValues): Promise<string> {
  const path = fileURLToPath(new URL("exporter.yaml", import.meta.url));
  return await write(await Deno.readTextFile(path), values, "ours.yaml");
}

/** Writes upstream's exporter's file; its path. */
export async function writePeerFile(values: ExporterValues): Promise<string> {
  return await write(await Deno.readTextFile(findPeerKit().config), values, "upstream.yaml");
}

/** What Python needs to find the kit's Bench driver. */
export function kitVariables(): Record<string, string> {
  return { PYTHONPATH: dirname(findPeerKit().serve) };
}

async function write(text: string, values: ExporterValues, name: string): Promise<string> {
  const { folder, ports = NOWHERE, serialPort, plain } = values;
  const variables: Record<string, string> = {
    BENCH_DRIVER: fileURLToPath(new URL("bench_driver.ts", import.meta.url)),
    ECHO_PORT: `${ports.echo}`,
    SINK_PORT: `${ports.sink}`,
    SOURCE_PORT: `${ports.source}`,
    DATA_DIR: folder,
  };
  let filled = text.replace(/\$\{(\w+)\}/g, (whole, key) => variables[key] ?? whole);
  if (plain) filled = filled.replace(/^ {2}bench:\n {4}type: .*\n/m, "");
  if (serialPort !== undefined) filled = filled.trimEnd() + "\n" + serialEntry(serialPort);
  await Deno.mkdir(`${folder}/storage`, { recursive: true });
  await Deno.writeTextFile(`${folder}/${name}`, filled);
  return `${folder}/${name}`;
}

function serialEntry(path: string): string {
  return `  console:
    type: jumpstarter_driver_pyserial.driver.PySerial
    config:
      url: ${path}
      baudrate: 921600
`;
}
