import { operation } from "../../harness/measurement.ts";
import type { Family } from "../../harness/suite.ts";
import { ratioAtMost } from "../../harness/target.ts";
import { ours, upstream } from "../pairs.ts";

const SECONDS = 1;

const ping = operation(ours, "serial_ping", { seconds: SECONDS });
const pingUpstream = operation(upstream, "serial_ping", { seconds: SECONDS });
const expect = operation(ours, "serial_expect", { seconds: SECONDS });
const expectUpstream = operation(upstream, "serial_expect", { seconds: SECONDS });

/** A serial console that is a loop: what the way to it costs. */
export const serial: Family = {
  name: "serial",
  rows: [
    {
      id: "serial-ping",
      metric: "serial loop://, 1-byte round trip, p50",
      unit: "µs",
      ours: { of: ping, field: "p50" },
      peer: { of: pingUpstream, field: "p50" },
      peerName: "upstream",
      target: ratioAtMost(0.4),
    },
    {
      id: "serial-expect",
      metric: "serial loop://, send a line and expect it, p50",
      unit: "µs",
      ours: { of: expect, field: "p50" },
      peer: { of: expectUpstream, field: "p50" },
      peerName: "upstream, pexpect",
      target: ratioAtMost(0.3),
    },
  ],
};
