import { type Measurement, operation, type PairSpec } from "../../harness/measurement.ts";
import type { RowSpec } from "../../harness/row.ts";
import type { Family } from "../../harness/suite.ts";
import { ratioAtLeast, ratioAtMost } from "../../harness/target.ts";
import {
  grpcio,
  grpcioSync,
  grpcioSyncToOurs,
  grpcioToOurs,
  oursToGrpcio,
  oursToGrpcioSync,
} from "../our_pairs.ts";

/** One thing that is measured on every pair. */
interface Bench {
  readonly name: string;
  readonly metric: string;
  readonly unit: string;
  readonly field: string;
  readonly options: Readonly<Record<string, number>>;
}

const SECONDS = 1;
const unary: Bench = {
  name: "unary",
  metric: "unary call, 16 bytes, sequential, p50",
  unit: "µs",
  field: "p50",
  options: { seconds: SECONDS },
};
const inFlight: Bench = {
  name: "unary_in_flight",
  metric: "unary calls, 16 bytes, 32 in flight",
  unit: "calls/s",
  field: "per_s",
  options: { seconds: SECONDS, in_flight: 32 },
};
const bytes = ["echo", "upload", "download"].map((name): Bench => ({
  name,
  metric: `64 KiB messages, ${name}`,
  unit: "MiB/s",
  field: "mib_s",
  options: { seconds: SECONDS },
}));

/** Rows that compare pairs with one end ours to a pair with none. */
function rows(
  benches: readonly Bench[],
  suffix: string,
  mixed: PairSpec[],
  peer: PairSpec,
): RowSpec[] {
  return benches.flatMap((bench) => {
    const on = (spec: PairSpec): Measurement => operation(spec, bench.name, bench.options);
    const onPeer = on(peer);
    return mixed.map((spec, index): RowSpec => ({
      id: `${["client", "server"][index]}-grpcio${suffix}-${bench.name.replaceAll("_", "-")}`,
      metric: `${spec.name}: ${bench.metric}`,
      unit: bench.unit,
      ours: { of: on(spec), field: bench.field },
      peer: { of: onPeer, field: bench.field },
      peerName: `${peer.name} at both ends`,
      target: bench.unit === "µs" ? ratioAtMost(1) : ratioAtLeast(1),
    }));
  });
}

/** Only one end ours: messages are bytes, no protobuf at either end. */
export const grpcioPeers: Family = {
  name: "grpcio peers",
  rows: [
    ...rows([unary, inFlight, ...bytes], "", [grpcioToOurs, oursToGrpcio], grpcio),
    ...rows([unary], "-sync", [grpcioSyncToOurs, oursToGrpcioSync], grpcioSync),
  ],
};
