import { operation } from "../../harness/measurement.ts";
import type { RowSpec } from "../../harness/row.ts";
import type { Family } from "../../harness/suite.ts";
import { valueAtLeast, valueAtMost } from "../../harness/target.ts";
import { LINK_ROUND_TRIP_MS } from "../link_proxy.ts";
import { oursOverLink } from "../our_pairs.ts";
import { rawTcpOverLink, upstreamOverLink } from "../peer_pairs.ts";

/** Long beside the round trips that beginning and end of a transfer take. */
const TRANSFER_SECONDS = 3;
const PING_SECONDS = 2;
/** Window of one stream, in MiB. */
const WINDOW = 16;
const SHARE_OF_WINDOW_RATE = 0.8;
const TARGET = valueAtLeast(SHARE_OF_WINDOW_RATE * WINDOW * 1000 / LINK_ROUND_TRIP_MS);

function transfer(direction: "upload" | "download"): RowSpec[] {
  const options = { seconds: TRANSFER_SECONDS };
  const row: RowSpec = {
    id: `link-${direction}-upstream`,
    metric: `one stream over a link of ${LINK_ROUND_TRIP_MS} ms, ${direction}`,
    unit: "MiB/s",
    ours: { of: operation(oursOverLink, direction, options), field: "mib_s" },
    peer: { of: operation(upstreamOverLink, direction, options), field: "mib_s" },
    peerName: "upstream",
    target: TARGET,
  };
  return [row, {
    ...row,
    id: `link-${direction}-raw-tcp`,
    peer: { of: operation(rawTcpOverLink, direction, options), field: "mib_s" },
    peerName: "raw TCP in Deno",
    target: null,
  }];
}

const pingOptions = { seconds: PING_SECONDS };
const bareLink = operation(rawTcpOverLink, "ping", pingOptions);

/** Through a proxy that holds every byte back by 25 ms in each direction. */
export const slowLink: Family = {
  name: "slow link",
  rows: [
    ...transfer("upload"),
    ...transfer("download"),
    {
      id: "link-ping",
      metric: "1-byte ping-pong over that link, p50, on top of raw TCP's",
      unit: "µs",
      ours: { of: operation(oursOverLink, "ping", pingOptions), field: "p50", minus: bareLink },
      peer: { of: operation(upstreamOverLink, "ping", pingOptions), field: "p50", minus: bareLink },
      peerName: "upstream",
      target: valueAtMost(1000),
    },
  ],
};
