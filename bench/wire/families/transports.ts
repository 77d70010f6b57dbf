import { operation } from "../../harness/measurement.ts";
import type { RowSpec } from "../../harness/row.ts";
import type { Family } from "../../harness/suite.ts";
import { ratioAtLeast } from "../../harness/target.ts";
import { ours, oursTls, oursTunnel, oursUnix } from "../our_pairs.ts";
import { upstreamUnix } from "../peer_pairs.ts";

const SECONDS = 1;

const direct: RowSpec["peer"] = {
  of: operation(ours, "echo", { seconds: SECONDS }),
  field: "mib_s",
};

/** The same streams by other ways than plain TCP. */
export const transports: Family = {
  name: "transports",
  rows: [
    {
      id: "tls-echo",
      metric: "byte stream over TLS, echo (each way)",
      unit: "MiB/s",
      ours: { of: operation(oursTls, "echo", { seconds: SECONDS }), field: "mib_s" },
      peer: direct,
      peerName: "ours without TLS",
      target: ratioAtLeast(0.5),
    },
    {
      id: "tunnel-echo",
      metric: "byte stream in a tunnel (HTTP/2 in a router stream), echo (each way)",
      unit: "MiB/s",
      ours: { of: operation(oursTunnel, "echo", { seconds: SECONDS }), field: "mib_s" },
      peer: direct,
      peerName: "ours without tunnel",
      target: ratioAtLeast(0.5),
    },
    {
      id: "unix-unary",
      metric: "unary call over a unix socket, sequential, p50",
      unit: "µs",
      ours: { of: operation(oursUnix, "unary", { seconds: SECONDS }), field: "p50" },
      peer: { of: operation(upstreamUnix, "unary", { seconds: SECONDS }), field: "p50" },
      peerName: "upstream, async client",
      target: null,
    },
    {
      id: "unix-echo",
      metric: "byte stream over a unix socket, echo (each way)",
      unit: "MiB/s",
      ours: { of: operation(oursUnix, "echo", { seconds: SECONDS }), field: "mib_s" },
      peer: { of: operation(upstreamUnix, "echo", { seconds: SECONDS }), field: "mib_s" },
      peerName: "upstream",
      target: null,
    },
  ],
};
