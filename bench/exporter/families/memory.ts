import type { ChildProcess } from "../../harness/child_process.ts";
import type { Figures, Measurement, PairSpec } from "../../harness/measurement.ts";
import { peakMebibytes, residentMebibytes, treeMebibytes } from "../../harness/process_memory.ts";
import type { RowSpec } from "../../harness/row.ts";
import type { Family } from "../../harness/suite.ts";
import { ratioAtMost } from "../../harness/target.ts";
import { writeOurFile, writePeerFile } from "../exporter_files.ts";
import { startOurExporter, startPeerRun, startPeerServe } from "../exporter_processes.ts";
import { MemoryDirectory } from "../memory_directory.ts";
import { startNetbench } from "../netbench.ts";
import { ours, upstream } from "../pairs.ts";
import { runPeerBench } from "../peer_bench.ts";

/** What is done to an exporter, by upstream's client: calls, streams, forwards, files. */
const LOAD = ["unary", "streaming", "stream_", "serial", "forward", "opendal", "mux"];
/** Until what a start leaves behind is gone, in ms; as upstream's bench. */
const SETTLE_MS = 1_000;
/** Through the port forward, in MiB. */
const FORWARDED = 512;
const QUICK_FORWARDED = 64;

const AT_MOST = ratioAtMost(0.8);

/** Memory of a new exporter, and of the same after the load, in MiB: `_rss` of one process, `_pss` of all it is made of. */
function exporterMemory(
  name: string,
  write: typeof writeOurFile,
  start: (file: string) => Promise<ChildProcess>,
): Measurement {
  return {
    name: `memory of ${name}`,
    async sample({ quick, warmUp }): Promise<Figures> {
      if (warmUp) return {};
      await using directory = new MemoryDirectory();
      const folder = directory.path;
      await using netbench = await startNetbench(folder);
      const { ports } = netbench;
      await using exporter = await start(await write({ folder, ports }));
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      const idle = await both(exporter.pid, "idle");
      const only = quick ? ["unary_sync", "forward"] : LOAD;
      // The script's short form in every case: some 20 s, and all of its kinds of load.
      const { address } = exporter;
      await runPeerBench({ only, quick: true, exporter: { address, ports } });
      return { ...idle, ...await both(exporter.pid, "after") };
    },
  };
}

async function both(pid: number, when: string): Promise<Figures> {
  return {
    [`${when}_rss`]: await residentMebibytes(pid),
    [`${when}_pss`]: await treeMebibytes(pid),
  };
}

const ourMemory = exporterMemory("our jmp run", writeOurFile, (file) => startOurExporter(file));
const serveMemory = exporterMemory("upstream's exporter", writePeerFile, startPeerServe);
const runMemory = exporterMemory("upstream's jmp run", writePeerFile, startPeerRun);

function exporterRow(when: "idle" | "after", kind: "rss" | "pss"): RowSpec {
  const field = `${when}_${kind}`;
  const moment = when === "idle" ? "idle" : "after the load";
  const whole = kind === "pss";
  return {
    id: `memory-${whole ? "run" : "exporter"}-${when}`,
    metric: whole ? `jmp run ${moment}, all its processes` : `exporter ${moment}, resident`,
    unit: "MiB",
    ours: { of: ourMemory, field },
    peer: { of: whole ? runMemory : serveMemory, field },
    peerName: whole ? "upstream's jmp run" : "upstream's exporter, one process",
    target: AT_MOST,
  };
}

/** The most that a new client had resident while 512 MiB went up a port forward, in MiB. */
function clientPeak(spec: PairSpec): Measurement {
  return {
    name: `client peak on ${spec.name}`,
    async sample({ quick, warmUp }): Promise<Figures> {
      if (warmUp) return {};
      await using pair = await spec.start();
      await pair.client.request("forward_bytes", { mib: quick ? QUICK_FORWARDED : FORWARDED });
      return { peak: await peakMebibytes(pair.client.pid) };
    },
  };
}

/** What exporters and clients take of memory. */
export const memory: Family = {
  name: "memory",
  rows: [
    exporterRow("idle", "rss"),
    exporterRow("after", "rss"),
    exporterRow("idle", "pss"),
    exporterRow("after", "pss"),
    {
      id: "memory-client-forward",
      metric: "client: peak while a 512 MiB forward goes up",
      unit: "MiB",
      ours: { of: clientPeak(ours), field: "peak" },
      peer: { of: clientPeak(upstream), field: "peak" },
      peerName: "upstream",
      target: ratioAtMost(0.25),
    },
  ],
};
