import type { Figures, Measurement, PairSpec, SampleContext } from "../../harness/measurement.ts";
import { ProcessPair, startTogether } from "../../harness/process_pair.ts";
import type { RowSpec } from "../../harness/row.ts";
import type { Family } from "../../harness/suite.ts";
import { ratioAtLeast, ratioAtMost, type Target, valueAtMost } from "../../harness/target.ts";
import { writeOurFile } from "../exporter_files.ts";
import { startOurClient, startOurExporter } from "../exporter_processes.ts";
import { MemoryDirectory } from "../memory_directory.ts";
import { type NetbenchPorts, startNetbench } from "../netbench.ts";
import { type PeerBenchResult, runPeerBench } from "../peer_bench.ts";

/** A figure of `bench_upstream.py`: its name there, what it is, and its unit. */
type Figure = readonly [name: string, metric: string, unit: "µs" | "ms" | "MiB/s" | "1/s" | ""];

const CALLS: readonly Figure[] = [
  ["client_connect.p50_ms", "connect, GetReport, client tree", "ms"],
  ["unary_sync.p50_us", "unary call, sync client, p50", "µs"],
  ["unary_sync.p99_us", "unary call, sync client, p99", "µs"],
  ["unary_sync_power_on.p50_us", "power on, sync client, p50", "µs"],
  ["unary_async.p50_us", "unary call, async client, p50", "µs"],
  ["unary_async.p99_us", "unary call, async client, p99", "µs"],
  ["unary_async_threaded_method.p50_us", "the same, method that runs in a thread there, p50", "µs"],
  ["unary_async_1k_arg.p50_us", "the same, 1 KiB argument echoed, p50", "µs"],
  ["unary_32_in_flight_per_s", "unary calls, 32 in flight", "1/s"],
];

const MESSAGES: readonly Figure[] = [
  ["streaming_count.per_s", "streaming call, numbers, async client", "1/s"],
  ["streaming_count.first_ms", "the same, the first", "ms"],
  ["streaming_readings.per_s", "streaming call, power readings, async client", "1/s"],
  ["streaming_readings.first_ms", "the same, the first", "ms"],
  ["streaming_sync_client_per_s", "streaming call, power readings, sync client", "1/s"],
];

const STREAMS: readonly Figure[] = [
  ["stream_open_close.p50_us", "open stream, 1 byte round trip, close, p50", "µs"],
  ["stream_ping.p50_us", "stream, 1-byte round trip, p50", "µs"],
  ["stream_ping.p99_us", "stream, 1-byte round trip, p99", "µs"],
  ["stream_up_mib_s", "stream, upload to sink", "MiB/s"],
  ["stream_down_mib_s", "stream, download from source", "MiB/s"],
  ["stream_echo_mib_s", "stream, echo (each way)", "MiB/s"],
  ["streams_left_open", "driver streams still open after 450 were closed", ""],
];

const FORWARDS: readonly Figure[] = [
  ["forward_ping.p50_us", "port forward, 1-byte round trip, p50", "µs"],
  ["forward_ping.p99_us", "port forward, 1-byte round trip, p99", "µs"],
  ["forward_up_mib_s", "port forward, upload", "MiB/s"],
  ["forward_down_mib_s", "port forward, download", "MiB/s"],
];

const SERIAL: readonly Figure[] = [
  ["serial_ping.p50_us", "serial loop://, 1-byte round trip, p50", "µs"],
  ["serial_ping.p99_us", "serial loop://, 1-byte round trip, p99", "µs"],
  ["serial_pexpect.p50_us", "serial loop://, sendline + expect (pexpect), p50", "µs"],
];

const FILES: readonly Figure[] = [
  ["opendal_write_mib_s", "256 MiB file to exporter storage", "MiB/s"],
  ["opendal_read_mib_s", "256 MiB file back", "MiB/s"],
  ["mux_flash_mib_s", "256 MiB flash of a mock storage mux", "MiB/s"],
];

/** Where netbench serves for a running pair. */
const portsOf = new WeakMap<ProcessPair, NetbenchPorts>();

/** Our exporter and the programs that its TCP drivers lead to; its client stands by. */
const oursServed: PairSpec = {
  name: "our exporter",
  start: async () => {
    let ports: NetbenchPorts;
    const pair = await startTogether(async (keep) => {
      const directory = keep(new MemoryDirectory());
      const folder = directory.path;
      const netbench = keep(await startNetbench(folder));
      ports = netbench.ports;
      const server = keep(await startOurExporter(await writeOurFile({ folder, ports })));
      const client = keep(await startOurClient(server.address));
      return new ProcessPair(client, server, [netbench, directory]);
    });
    portsOf.set(pair, ports!);
    return pair;
  },
};

type Run = (context: SampleContext) => Promise<PeerBenchResult>;

function onOurs(only: readonly string[]): Run {
  return async ({ pair, quick }) => {
    const running = await pair(oursServed);
    const exporter = { address: running.server.address, ports: portsOf.get(running)! };
    return await runPeerBench({ only, quick, exporter });
  };
}

function onTheirs(only: readonly string[]): Run {
  return ({ quick }) => runPeerBench({ only, quick });
}

/** One figure of a run of the script; all figures of a family's run come from one. */
function figure(name: string, of: string, run: Run): Measurement {
  return {
    name: `upstream's client on ${of}: ${name}`,
    async sample(context): Promise<Figures> {
      if (context.warmUp) return {};
      const { figures, errors } = await run(context);
      const reason = errors[name.split(".")[0]];
      if (reason !== undefined) throw new Error(reason);
      return { [name]: figures[name] };
    },
  };
}

function oncePerRun(run: Run): Run {
  const results = new WeakMap<SampleContext, Promise<PeerBenchResult>>();
  return (context) => {
    let result = results.get(context);
    if (result === undefined) results.set(context, result = run(context));
    return result;
  };
}

/**
 * "Ahead in every row" of upstream's own table, which lacks the first message of a stream: ours come in one go, and
 * upstream's client hands out the first when it has taken them all in.
 */
function targetOf([name, , unit]: Figure): Target | null {
  if (name.endsWith(".first_ms")) return null;
  if (name === "streams_left_open") return valueAtMost(0);
  return unit === "µs" || unit === "ms" ? ratioAtMost(1) : ratioAtLeast(1);
}

function family(name: string, figures: readonly Figure[]): Family {
  const only = [...new Set(figures.map(([name]) => name.split(".")[0]))];
  const ours = oncePerRun(onOurs(only));
  const theirs = oncePerRun(onTheirs(only));
  return {
    name: `upstream's client: ${name}`,
    rows: figures.map((entry): RowSpec => ({
      id: `upstream-client-${entry[0].replace(/[._]/g, "-")}`,
      metric: `upstream's client: ${entry[1]}`,
      unit: entry[2],
      ours: { of: figure(entry[0], "our exporter", ours), field: entry[0] },
      peer: { of: figure(entry[0], "upstream's", theirs), field: entry[0] },
      peerName: "upstream's exporter",
      target: targetOf(entry),
    })),
  };
}

/** Upstream's client, unchanged, on our exporter beside upstream's: all that `bench_upstream.py` measures of an exporter. */
export const upstreamClients: readonly Family[] = [
  family("calls", CALLS),
  family("messages", MESSAGES),
  family("streams", STREAMS),
  family("port forwards", FORWARDS),
  family("serial", SERIAL),
  family("files", FILES),
];
