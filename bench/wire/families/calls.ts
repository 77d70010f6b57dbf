import { operation } from "../../harness/measurement.ts";
import type { Family } from "../../harness/suite.ts";
import { ratioAtLeast, ratioAtMost } from "../../harness/target.ts";
import { ours } from "../our_pairs.ts";
import { connectNode, upstream } from "../peer_pairs.ts";

const SECONDS = 1;
const inFlight = { seconds: SECONDS, in_flight: 32 };

const unary = operation(ours, "unary", { seconds: SECONDS });
const unaryUpstream = operation(upstream, "unary", { seconds: SECONDS });
const unaryUpstreamSync = operation(upstream, "unary_sync", { seconds: SECONDS });
const unaryConnectNode = operation(connectNode, "unary", { seconds: SECONDS });
const unary32 = operation(ours, "unary_in_flight", inFlight);
const unary32Upstream = operation(upstream, "unary_in_flight", inFlight);
const unary32ConnectNode = operation(connectNode, "unary_in_flight", inFlight);
const messages = operation(ours, "server_stream", { seconds: SECONDS });
const messagesUpstream = operation(upstream, "server_stream", { seconds: SECONDS });
const messagesConnectNode = operation(connectNode, "server_stream", { seconds: SECONDS });

/** `DriverCall` and `StreamingDriverCall`: a call without arguments, a stream of numbers. */
export const calls: Family = {
  name: "calls",
  rows: [
    {
      id: "unary-p50-upstream-async",
      metric: "unary call, sequential, p50",
      unit: "µs",
      ours: { of: unary, field: "p50" },
      peer: { of: unaryUpstream, field: "p50" },
      peerName: "upstream, async client",
      target: ratioAtMost(0.3),
    },
    {
      id: "unary-p50-upstream-sync",
      metric: "unary call, sequential, p50",
      unit: "µs",
      ours: { of: unary, field: "p50" },
      peer: { of: unaryUpstreamSync, field: "p50" },
      peerName: "upstream, sync client",
      target: ratioAtMost(0.2),
    },
    {
      id: "unary-p50-connect-node",
      metric: "unary call, sequential, p50",
      unit: "µs",
      ours: { of: unary, field: "p50" },
      peer: { of: unaryConnectNode, field: "p50" },
      peerName: "connect-node",
      target: ratioAtMost(0.15),
    },
    {
      id: "unary-p99",
      metric: "unary call, sequential, our p99 against their p50",
      unit: "µs",
      ours: { of: unary, field: "p99" },
      peer: { of: unaryUpstream, field: "p50" },
      peerName: "upstream, async client",
      target: ratioAtMost(1),
    },
    {
      id: "unary-32-upstream",
      metric: "unary calls, 32 in flight",
      unit: "calls/s",
      ours: { of: unary32, field: "per_s" },
      peer: { of: unary32Upstream, field: "per_s" },
      peerName: "upstream, async client",
      target: ratioAtLeast(5),
    },
    {
      id: "unary-32-connect-node",
      metric: "unary calls, 32 in flight",
      unit: "calls/s",
      ours: { of: unary32, field: "per_s" },
      peer: { of: unary32ConnectNode, field: "per_s" },
      peerName: "connect-node",
      target: null,
    },
    {
      id: "messages-upstream",
      metric: "server stream of small messages",
      unit: "messages/s",
      ours: { of: messages, field: "per_s" },
      peer: { of: messagesUpstream, field: "per_s" },
      peerName: "upstream, async client",
      target: ratioAtLeast(4),
    },
    {
      id: "messages-connect-node",
      metric: "server stream of small messages",
      unit: "messages/s",
      ours: { of: messages, field: "per_s" },
      peer: { of: messagesConnectNode, field: "per_s" },
      peerName: "connect-node",
      target: null,
    },
  ],
};
