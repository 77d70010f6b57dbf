import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { ChildProcess } from "../harness/child_process.ts";
import { startPython } from "../wire/programs.ts";
import { findPeerKit } from "../wire/python_peers.ts";
import { kitVariables } from "./exporter_files.ts";
import { type Build, jmpCommand, V8_FLAGS } from "./jmp_command.ts";
import { freePort, untilListening } from "./tcp_ports.ts";

/** Starts `jmp run` of ours on a free port; ready once it listens. */
export function startOurExporter(
  file: string,
  build: Build = "source",
  flags: readonly string[] = [V8_FLAGS],
): Promise<ChildProcess> {
  return startRun("our jmp run", jmpCommand(build, "jmp", flags), file);
}

/** Starts our client (`client.ts`) on an exporter. */
export async function startOurClient(
  address: string,
  env: Record<string, string> = {},
): Promise<ChildProcess> {
  const program = fileURLToPath(new URL("client.ts", import.meta.url));
  const command: [string, ...string[]] = [Deno.execPath(), "run", "-A", V8_FLAGS, program, address];
  return await ChildProcess.start({ name: "our client", command, env });
}

/** Starts upstream's `jmp run` on a free port; ready once it listens. */
export function startPeerRun(file: string): Promise<ChildProcess> {
  const jmp = `${dirname(findPeerKit().python)}/jmp`;
  return startRun("upstream's jmp run", [jmp], file, kitVariables());
}

/** Starts upstream's exporter in one process, by the kit's `serve.py`. */
export async function startPeerServe(file: string): Promise<ChildProcess> {
  const { serve } = findPeerKit();
  return await startPython("peers/upstream_server.py", [serve, "127.0.0.1:0", "--config", file], {
    ...kitVariables(),
    PEER_LOG_LEVEL: "WARNING",
    PEER_DATA_DIR: dirname(file),
    TMPDIR: dirname(file),
  });
}

async function startRun(
  name: string,
  [program, ...args]: readonly string[],
  file: string,
  env: Record<string, string> = {},
): Promise<ChildProcess> {
  const address = `127.0.0.1:${freePort()}`;
  const options = ["--exporter-config", file, "--tls-grpc-listener", address];
  return await ChildProcess.start({
    name,
    command: [program, ...args, "run", ...options, "--tls-grpc-insecure"],
    // Mocks of storage keep their files there; that the exporter's file is in memory is meant for them too.
    env: { ...env, TMPDIR: dirname(file) },
    ready: async (signal) => {
      await untilListening(address, signal);
      return address;
    },
  });
}
