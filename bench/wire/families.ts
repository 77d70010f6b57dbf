import type { Family } from "../harness/suite.ts";
import { byteStreams } from "./families/byte_streams.ts";
import { callGrowth } from "./families/call_growth.ts";
import { calls } from "./families/calls.ts";
import { grpcioPeers } from "./families/grpcio_peers.ts";
import { idleStreamRows } from "./families/idle_streams.ts";
import { pingPong } from "./families/ping_pong.ts";
import { processSize } from "./families/process_size.ts";
import { slowLink } from "./families/slow_link.ts";
import { stalledReader } from "./families/stalled_reader.ts";
import { transports } from "./families/transports.ts";

/** All rows of `deno task bench wire`, in the order of the table. */
export function wireFamilies(): readonly Family[] {
  return [
    calls,
    byteStreams,
    pingPong,
    slowLink,
    transports,
    grpcioPeers,
    stalledReader,
    idleStreamRows,
    callGrowth,
    processSize,
  ];
}
