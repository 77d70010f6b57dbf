import type { Figures, Measurement, PairSpec } from "../../harness/measurement.ts";
import type { Family } from "../../harness/suite.ts";
import { valueAtMost } from "../../harness/target.ts";
import { ours } from "../our_pairs.ts";
import { upstream } from "../peer_pairs.ts";
import { memoryOf } from "../process_figures.ts";

const STREAMS = 1000;
const CALLS_BEFORE = 1000;

/** Server memory of an open stream that does nothing, in KiB. */
function idleStreams(spec: PairSpec, collects: boolean): Measurement {
  return {
    name: `idle streams on ${spec.name}`,
    async sample({ quick, warmUp }): Promise<Figures> {
      if (warmUp) return {};
      await using pair = await spec.start();
      const { client, server } = pair;
      // What a used server needs anyway is there before the streams are.
      await client.request("calls", { count: CALLS_BEFORE, in_flight: 32 });
      await client.request("open_close", { seconds: 0.3 });
      const before = await memoryOf(server, collects);
      const count = quick ? STREAMS / 10 : STREAMS;
      await client.request("idle_streams", { count });
      const after = await memoryOf(server, collects);
      const each = (name: string): number => (after[name] - before[name]) * 1024 / count;
      return { resident: each("resident"), ...collects ? { heap: each("heap") } : {} };
    },
  };
}

const idle = idleStreams(ours, true);
const idleUpstream = idleStreams(upstream, false);

/** Open streams on which nothing happens. */
export const idleStreamRows: Family = {
  name: "idle streams",
  rows: [
    {
      id: "idle-streams",
      metric: "1,000 idle streams on a connection: resident memory of the server, each",
      unit: "KiB",
      ours: { of: idle, field: "resident" },
      peer: { of: idleUpstream, field: "resident" },
      peerName: "upstream",
      target: valueAtMost(10),
    },
    {
      id: "idle-streams-heap",
      metric: "the same: heap and buffers after collection, each",
      unit: "KiB",
      ours: { of: idle, field: "heap" },
      peer: { of: idleUpstream, field: "resident" },
      peerName: "upstream, resident",
      target: valueAtMost(10),
    },
  ],
};
