import type { Figures, Measurement, PairSpec } from "../../harness/measurement.ts";
import { residentMebibytes } from "../../harness/process_memory.ts";
import type { Family } from "../../harness/suite.ts";
import { ours } from "../our_pairs.ts";
import { upstream } from "../peer_pairs.ts";

/** Resident memory of both processes after one call, in MiB. */
function afterOneCall(spec: PairSpec): Measurement {
  return {
    name: `one call on ${spec.name}`,
    async sample({ warmUp }): Promise<Figures> {
      if (warmUp) return {};
      await using pair = await spec.start();
      await pair.client.request("calls", { count: 1, in_flight: 1 });
      return {
        client: await residentMebibytes(pair.client.pid),
        server: await residentMebibytes(pair.server.pid),
      };
    },
  };
}

const one = afterOneCall(ours);
const oneUpstream = afterOneCall(upstream);

/** What a process needs at least. */
export const processSize: Family = {
  name: "process size",
  rows: [
    {
      id: "memory-client",
      metric: "client after one call, resident",
      unit: "MiB",
      ours: { of: one, field: "client" },
      peer: { of: oneUpstream, field: "client" },
      peerName: "upstream",
      target: null,
    },
    {
      id: "memory-server",
      metric: "server after one call, resident",
      unit: "MiB",
      ours: { of: one, field: "server" },
      peer: { of: oneUpstream, field: "server" },
      peerName: "upstream",
      target: null,
    },
  ],
};
