import { dirname } from "node:path";
import type { Figures } from "../harness/measurement.ts";
import { findPeerKit } from "../wire/python_peers.ts";
import { type NetbenchPorts, portVariables } from "./netbench.ts";

/** What `bench_upstream.py` is told. */
export interface PeerBenchOptions {
  /** Beginnings of the names of what is measured. */
  readonly only: readonly string[];
  /** The exporter, and the ports that its TCP drivers lead to; upstream's own unless told. */
  readonly exporter?: { readonly address: string; readonly ports: NetbenchPorts };
  /** Fewer and shorter measurements. */
  readonly quick: boolean;
}

/** Figures by name, `unary_sync.p50_us`, and why others are missing. */
export interface PeerBenchResult {
  /** What was measured. */
  readonly figures: Figures;
  /** Reasons by name. */
  readonly errors: Readonly<Record<string, string>>;
}

const running = new Set<Deno.ChildProcess>();
// Upstream's exporter is a child of the script, which ends it on SIGINT alone.
globalThis.addEventListener("unload", () => {
  for (const child of running) child.kill("SIGINT");
});

/** Runs the kit's bench: upstream's client on upstream's exporter, or on another. */
export async function runPeerBench(options: PeerBenchOptions): Promise<PeerBenchResult> {
  const { python, serve } = findPeerKit();
  const { only, exporter, quick } = options;
  const args = ["-B", `${dirname(serve)}/bench_upstream.py`, "--transport", "tcp"];
  args.push("--only", only.join(","));
  if (exporter !== undefined) args.push("--address", exporter.address);
  if (quick) args.push("--quick");
  const child = new Deno.Command(python, {
    args,
    env: exporter === undefined ? {} : portVariables(exporter.ports),
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  running.add(child);
  const { success, stdout, stderr } = await child.output();
  running.delete(child);
  if (!success) {
    throw new Error(
      `Cannot run bench_upstream.py: ${new TextDecoder().decode(stderr).slice(-2000)}`,
    );
  }
  const { errors, ...results } = JSON.parse(new TextDecoder().decode(stdout));
  return { figures: flatten(results), errors };
}

function flatten(results: Record<string, unknown>): Figures {
  const figures: Record<string, number> = {};
  for (const [name, value] of Object.entries(results)) {
    if (typeof value === "number") figures[name] = value;
    else if (value !== null && typeof value === "object") {
      for (const [field, number] of Object.entries(value)) {
        if (typeof number === "number") figures[`${name}.${field}`] = number;
      }
    }
  }
  return figures;
}
