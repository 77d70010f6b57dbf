import { dirname } from "node:path";
import type { ChildProcess } from "../harness/child_process.ts";
import {
  type ExporterValues,
  kitVariables,
  writeOurFile,
  writePeerFile,
} from "../exporter/exporter_files.ts";
import { startOurExporter, startPeerRun } from "../exporter/exporter_processes.ts";
import { jmpCommand } from "../exporter/jmp_command.ts";
import { findPeerKit } from "../wire/python_peers.ts";

/** One implementation of the command line, in one build. */
export interface Side {
  /** For progress lines. */
  readonly name: string;
  /** The command that is `jmp`, or `j`; throws if there is none. */
  command(name: "jmp" | "j"): [string, ...string[]];
  /** Writes an exporter's file of drivers that everybody has; its path. */
  writeFile(values: ExporterValues): Promise<string>;
  /** Starts `jmp run` with that file. */
  run(file: string): Promise<ChildProcess>;
  /** What its programs must find in the environment. */
  variables(): Record<string, string>;
}

/** Ours, run from its source by Deno. */
export const source: Side = {
  name: "ours, source",
  command: (name) => jmpCommand("source", name),
  writeFile: (values) => writeOurFile({ ...values, plain: true }),
  run: (file) => startOurExporter(file, "source", []),
  variables: () => ({}),
};

/** Ours, compiled into one program. */
export const compiled: Side = {
  name: "ours, compiled",
  command: (name) => jmpCommand("compiled", name),
  writeFile: (values) => writeOurFile({ ...values, plain: true }),
  run: (file) => startOurExporter(file, "compiled"),
  variables: () => ({}),
};

/** Upstream's. */
export const upstream: Side = {
  name: "upstream",
  command: (name) => [`${dirname(findPeerKit().python)}/${name}`],
  writeFile: (values) => writePeerFile({ ...values, plain: true }),
  run: startPeerRun,
  // Without the first its j refuses every driver.
  variables: () => ({ ...kitVariables(), JMP_DRIVERS_ALLOW: "UNSAFE" }),
};
