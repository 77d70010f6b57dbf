import { fileURLToPath } from "node:url";
import { ChildProcess } from "../harness/child_process.ts";
import { findPeerKit } from "./python_peers.ts";

/**
 * `--expose-gc`: the collector is called before memory is read. `--no-incremental-marking`: what our programs run with (README,
 * "Speed"); the peers in Deno get it too.
 */
const V8_FLAGS = "--v8-flags=--expose-gc,--no-incremental-marking";

/** Starts a TypeScript program of this repository in its own Deno; `path` is relative to `bench/`. */
export async function startDeno(
  path: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<ChildProcess> {
  return await ChildProcess.start({
    name: path,
    command: [Deno.execPath(), "run", "-A", V8_FLAGS, absolute(path), ...args],
    env,
  });
}

/** Starts a Python program of `bench/peers` in the peer venv. */
export async function startPython(
  path: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<ChildProcess> {
  const { python } = findPeerKit();
  // -B: no __pycache__ in the checkout.
  const command: [string, ...string[]] = [python, "-B", absolute(path), ...args];
  return await ChildProcess.start({ name: path, command, env });
}

/** Starts an upstream exporter on `address` (`unix:PATH` or `HOST:PORT`, port 0 for any). */
export async function startUpstreamExporter(
  address: string,
  devicePort: number,
): Promise<ChildProcess> {
  const { serve, config } = findPeerKit();
  return await startPython("peers/upstream_server.py", [serve, address, "--config", config], {
    PEER_LOG_LEVEL: "ERROR",
    SINK_PORT: String(devicePort),
  });
}

function absolute(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}
