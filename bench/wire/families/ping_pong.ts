import { operation } from "../../harness/measurement.ts";
import type { RowSpec } from "../../harness/row.ts";
import type { Family } from "../../harness/suite.ts";
import { ratioAtMost, valueAtMost } from "../../harness/target.ts";
import { ours } from "../our_pairs.ts";
import { rawTcp, upstream } from "../peer_pairs.ts";

const SECONDS = 1;

const ping = operation(ours, "ping", { seconds: SECONDS });
const openClose = operation(ours, "open_close", { seconds: SECONDS });

/** Beside a transfer on the same connection: how late a ping gets, and how fast the transfer stays. */
function beside(direction: "upload" | "download"): RowSpec[] {
  const onOurs = operation(ours, `ping_beside_${direction}`, { seconds: SECONDS });
  const onUpstream = operation(upstream, `ping_beside_${direction}`, { seconds: SECONDS });
  const common = { peerName: "upstream" };
  return [
    {
      ...common,
      id: `ping-beside-${direction}`,
      metric: `1-byte ping-pong beside a bulk ${direction} on the connection, p99`,
      unit: "µs",
      ours: { of: onOurs, field: "p99" },
      peer: { of: onUpstream, field: "p99" },
      target: valueAtMost(5000),
    },
    {
      ...common,
      id: `bulk-beside-ping-${direction}`,
      metric: `the bulk ${direction} meanwhile`,
      unit: "MiB/s",
      ours: { of: onOurs, field: "bulk_mib_s" },
      peer: { of: onUpstream, field: "bulk_mib_s" },
      target: null,
    },
  ];
}

/** How soon one byte is back. */
export const pingPong: Family = {
  name: "ping-pong",
  rows: [
    {
      id: "ping-upstream",
      metric: "1-byte ping-pong on an open stream, p50",
      unit: "µs",
      ours: { of: ping, field: "p50" },
      peer: { of: operation(upstream, "ping", { seconds: SECONDS }), field: "p50" },
      peerName: "upstream",
      target: ratioAtMost(0.35),
    },
    {
      id: "ping-raw-tcp",
      metric: "1-byte ping-pong on an open stream, p50",
      unit: "µs",
      ours: { of: ping, field: "p50" },
      peer: { of: operation(rawTcp, "ping", { seconds: SECONDS }), field: "p50" },
      peerName: "raw TCP in Deno",
      target: ratioAtMost(2.5),
    },
    ...beside("upload"),
    ...beside("download"),
    {
      id: "open-close",
      metric: "open a stream, 1 byte there and back, close, p50",
      unit: "µs",
      ours: { of: openClose, field: "p50" },
      peer: { of: operation(upstream, "open_close", { seconds: SECONDS }), field: "p50" },
      peerName: "upstream",
      target: ratioAtMost(0.3),
    },
  ],
};
