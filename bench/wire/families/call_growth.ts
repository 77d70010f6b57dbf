import type { Figures, Measurement, PairSpec } from "../../harness/measurement.ts";
import type { ProcessPair } from "../../harness/process_pair.ts";
import type { RowSpec } from "../../harness/row.ts";
import type { Family } from "../../harness/suite.ts";
import { valueAtMost } from "../../harness/target.ts";
import { ours } from "../our_pairs.ts";
import { upstream } from "../peer_pairs.ts";
import { memoryOf } from "../process_figures.ts";

const FIRST_CALLS = 10_000;
const MORE_CALLS = 90_000;
const LATER_CALLS = 50_000;
const IN_FLIGHT = 32;

/** How much both processes grow from call 10,000 to 100,000, and `_later` to 150,000, in MiB. */
function manyCalls(spec: PairSpec, collects: boolean): Measurement {
  const both = async ({ client, server }: ProcessPair): Promise<Figures> => {
    const [ofClient, ofServer] = [
      await memoryOf(client, collects),
      await memoryOf(server, collects),
    ];
    return {
      client_resident: ofClient.resident,
      client_heap: ofClient.heap,
      server_resident: ofServer.resident,
      server_heap: ofServer.heap,
    };
  };
  return {
    name: `150,000 calls on ${spec.name}`,
    async sample({ quick, warmUp }): Promise<Figures> {
      if (warmUp) return {};
      await using pair = await spec.start();
      const call = async (count: number): Promise<Figures> => {
        const share = quick ? 0.02 : 1;
        await pair.client.request("calls", { count: count * share, in_flight: IN_FLIGHT });
        return await both(pair);
      };
      const first = await call(FIRST_CALLS);
      const second = await call(MORE_CALLS);
      const third = await call(LATER_CALLS);
      return { ...grown(first, second, ""), ...grown(second, third, "_later") };
    },
  };
}

function grown(before: Figures, after: Figures, suffix: string): Figures {
  const differences = Object.keys(before).filter((name) => before[name] !== undefined)
    .map((name) => [name + suffix, after[name] - before[name]]);
  return Object.fromEntries(differences);
}

const many = manyCalls(ours, true);
const manyUpstream = manyCalls(upstream, false);

/** 6 bytes of each of 90,000 calls: less than one pointer. */
const NO_HEAP_GROWTH = valueAtMost(0.5);
/** The system counts pages, and a collector moves: 4 MiB are 46 bytes of each of 90,000 calls. */
const NO_RESIDENT_GROWTH = valueAtMost(4);

function growthRow(
  end: "client" | "server",
  what: "heap" | "resident" | "resident_later",
): RowSpec {
  const range = what === "resident_later" ? "100,000 to 150,000" : "10,000 to 100,000";
  const kind = what === "heap" ? "heap after collection" : "resident";
  return {
    id: `growth-${end}-${what.replace("_", "-")}`,
    metric: `call ${range}: growth of the ${end}, ${kind}`,
    unit: "MiB",
    ours: { of: many, field: `${end}_${what}` },
    peer: { of: manyUpstream, field: `${end}_${what === "heap" ? "resident" : what}` },
    peerName: "upstream, resident",
    target: what === "heap" ? NO_HEAP_GROWTH : NO_RESIDENT_GROWTH,
  };
}

/** What calls leave behind. */
export const callGrowth: Family = {
  name: "growth with calls",
  rows: [
    growthRow("client", "heap"),
    growthRow("server", "heap"),
    growthRow("client", "resident"),
    growthRow("server", "resident"),
    growthRow("client", "resident_later"),
    growthRow("server", "resident_later"),
  ],
};
