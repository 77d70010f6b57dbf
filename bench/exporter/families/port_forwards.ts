import { operation } from "../../harness/measurement.ts";
import type { Family } from "../../harness/suite.ts";
import { ratioAtLeast, ratioAtMost } from "../../harness/target.ts";
import { ours, upstream } from "../pairs.ts";

const SECONDS = 1.5;
const ROUND_TRIPS = 2500;

const up = operation(ours, "forward_up", { seconds: SECONDS });
const upUpstream = operation(upstream, "forward_up", { seconds: SECONDS });
const down = operation(ours, "forward_down", { seconds: SECONDS });
const downUpstream = operation(upstream, "forward_down", { seconds: SECONDS });
const ping = operation(ours, "forward_ping", { count: ROUND_TRIPS });
const pingUpstream = operation(upstream, "forward_ping", { count: ROUND_TRIPS });

/** A TCP port forward, with a C program as the local program and another as the device. */
export const portForwards: Family = {
  name: "port forwards",
  rows: [
    {
      id: "forward-up",
      metric: "port forward, upload",
      unit: "MiB/s",
      ours: { of: up, field: "mib_s" },
      peer: { of: upUpstream, field: "mib_s" },
      peerName: "upstream",
      target: ratioAtLeast(1.2),
    },
    {
      id: "forward-down",
      metric: "port forward, download",
      unit: "MiB/s",
      ours: { of: down, field: "mib_s" },
      peer: { of: downUpstream, field: "mib_s" },
      peerName: "upstream",
      target: ratioAtLeast(1.2),
    },
    {
      id: "forward-ping",
      metric: "port forward, 1-byte round trip, p50",
      unit: "µs",
      ours: { of: ping, field: "p50" },
      peer: { of: pingUpstream, field: "p50" },
      peerName: "upstream",
      target: ratioAtMost(0.4),
    },
    {
      id: "forward-ping-p99",
      metric: "port forward, 1-byte round trip, p99",
      unit: "µs",
      ours: { of: ping, field: "p99" },
      peer: { of: pingUpstream, field: "p99" },
      peerName: "upstream",
      target: null,
    },
  ],
};
