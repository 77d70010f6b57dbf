import {
  type Figures,
  type Measurement,
  operation,
  type PairSpec,
} from "../../harness/measurement.ts";
import type { Family } from "../../harness/suite.ts";
import { valueAtMost } from "../../harness/target.ts";
import { oursOnPty, upstreamOnPty } from "../pairs.ts";

const PING_SECONDS = 1;
const FLOOD_SECONDS = 60;
const QUICK_FLOOD_SECONDS = 3;
/** Of the peer, for comparison: what it loses it loses at once. */
const PEER_FLOOD_SECONDS = 6;
const BAUD = 921_600;

const ping = operation(oursOnPty, "console_ping", { seconds: PING_SECONDS });
const pingUpstream = operation(upstreamOnPty, "console_ping", { seconds: PING_SECONDS });

/** Output as fast as the line allows; what a watcher gets of it while another stalls. Measured once. */
function flood(spec: PairSpec, fullSeconds: number): Measurement {
  let figures: Figures | undefined;
  return {
    name: `${fullSeconds} s at ${BAUD} baud on ${spec.name}`,
    async sample({ pair, quick, warmUp }): Promise<Figures> {
      if (warmUp) return {};
      const seconds = quick ? QUICK_FLOOD_SECONDS : fullSeconds;
      const { client } = await pair(spec);
      return figures ??= await client.request("console_flood", { seconds, baud: BAUD });
    },
  };
}

const flooded = flood(oursOnPty, FLOOD_SECONDS);
const floodedUpstream = flood(upstreamOnPty, PEER_FLOOD_SECONDS);
const NOTHING = valueAtMost(0);

/** A serial console on a pseudo-terminal, whose other end is a program. */
export const ptyConsole: Family = {
  name: "console on a pty",
  rows: [
    {
      id: "console-echo",
      metric: "console on a pty, echo of 1 byte, p50",
      unit: "µs",
      ours: { of: ping, field: "p50" },
      peer: { of: pingUpstream, field: "p50" },
      peerName: "upstream",
      target: valueAtMost(1000),
    },
    {
      id: "console-flood-lost",
      metric: "60 s of 921,600 baud, two watch, one stalls: bytes lost",
      unit: "bytes",
      ours: { of: flooded, field: "lost_bytes" },
      peer: { of: floodedUpstream, field: "lost_bytes" },
      peerName: "upstream, 6 s",
      target: NOTHING,
    },
    {
      id: "console-flood-breaks",
      metric: "the same: places where a byte did not follow the one before",
      unit: "",
      ours: { of: flooded, field: "breaks" },
      peer: { of: floodedUpstream, field: "breaks" },
      peerName: "upstream, 6 s",
      target: NOTHING,
    },
    {
      id: "console-flood-stalled",
      metric: "the same: bytes that the one who stalled did not get afterwards",
      unit: "bytes",
      ours: { of: flooded, field: "stalled_lost_bytes" },
      peer: { of: floodedUpstream, field: "stalled_lost_bytes" },
      peerName: "upstream, 6 s",
      target: null,
    },
  ],
};
