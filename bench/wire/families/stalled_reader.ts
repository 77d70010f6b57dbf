import type {
  Figures,
  Measurement,
  OperationOptions,
  PairSpec,
} from "../../harness/measurement.ts";
import { residentMebibytes } from "../../harness/process_memory.ts";
import type { RowSpec } from "../../harness/row.ts";
import type { Family } from "../../harness/suite.ts";
import { valueAtMost } from "../../harness/target.ts";
import { ours } from "../our_pairs.ts";
import { upstream } from "../peer_pairs.ts";

/** Pushed at the reader, in MiB. */
const PUSHED = 1024;
/** Nothing moved for so long: stalled. */
const QUIET_SECONDS = 1;
/** Calls that load what any process needs. */
const CALLS_BEFORE = 500;
/** What the windows of one connection let through: 32 MiB (`core/http2`, `CONNECTION_WINDOW`). */
const WITHIN_WINDOWS = valueAtMost(32);

/**
 * How much the resident memory of both processes grows while a reader has
 * stopped for good. New processes each time, which have only made calls: what a
 * transfer before had left behind would hide the growth.
 */
function growth(spec: PairSpec, name: string): Measurement {
  return {
    name: `${name} on ${spec.name}`,
    async sample({ quick, warmUp }): Promise<Figures> {
      if (warmUp) return {};
      await using pair = await spec.start();
      await pair.client.request("calls", { count: CALLS_BEFORE, in_flight: 1 });
      const resident = async (): Promise<number[]> => [
        await residentMebibytes(pair.client.pid),
        await residentMebibytes(pair.server.pid),
      ];
      const before = await resident();
      const options: OperationOptions = {
        limit_mib: quick ? PUSHED / 8 : PUSHED,
        quiet_seconds: quick ? QUIET_SECONDS / 5 : QUIET_SECONDS,
      };
      const figures = await pair.client.request(name, options);
      const after = await resident();
      return { ...figures, client: after[0] - before[0], server: after[1] - before[1] };
    },
  };
}

function rows(
  name: string,
  metric: string,
  peerName: string,
  ends: ("client" | "server")[],
): RowSpec[] {
  const onOurs = growth(ours, name);
  const onUpstream = growth(upstream, name);
  return ends.map((end) => ({
    id: `${name.replace("_", "-")}-${end}`,
    metric: `${metric}: growth of the ${end}`,
    unit: "MiB",
    ours: { of: onOurs, field: end },
    peer: { of: onUpstream, field: end },
    peerName,
    target: WITHIN_WINDOWS,
  }));
}

/** Memory under way when the reader stops for good. */
export const stalledReader: Family = {
  name: "stalled reader",
  rows: [
    ...rows("stalled_upload", "1 GiB up to a reader that never reads", "upstream, stream", [
      "client",
      "server",
    ]),
    ...rows("stalled_download", "1 GiB down to a reader that never reads", "upstream, stream", [
      "client",
      "server",
    ]),
    ...rows(
      "stalled_forward",
      "1 GiB into a forwarded port whose device never reads",
      "upstream, port forward",
      ["client", "server"],
    ),
  ],
};
