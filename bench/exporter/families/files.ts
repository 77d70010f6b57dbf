import type { Figures, Measurement, PairSpec } from "../../harness/measurement.ts";
import type { RowSpec } from "../../harness/row.ts";
import type { Family } from "../../harness/suite.ts";
import { ratioAtLeast } from "../../harness/target.ts";
import { ours, upstream } from "../pairs.ts";

/** Size of the file, in MiB, as in upstream's bench; less where the figure is thrown away. */
const SIZE = 256;
const SMALL_SIZE = 32;

function transfer(spec: PairSpec, name: string): Measurement {
  return {
    name: `${name} on ${spec.name}`,
    async sample({ pair, quick, warmUp }): Promise<Figures> {
      const { client } = await pair(spec);
      return await client.request(name, { mib: quick || warmUp ? SMALL_SIZE : SIZE });
    },
  };
}

function row(name: string, metric: string): RowSpec {
  return {
    id: name.replace("_", "-"),
    metric,
    unit: "MiB/s",
    ours: { of: transfer(ours, name), field: "mib_s" },
    peer: { of: transfer(upstream, name), field: "mib_s" },
    peerName: "upstream",
    target: ratioAtLeast(2.5),
  };
}

/** A file of random bytes to and from the exporter; both ends keep their files in memory. */
export const files: Family = {
  name: "files",
  rows: [
    row("storage_write", "256 MiB file to exporter storage"),
    row("storage_read", "256 MiB file back"),
    row("mux_flash", "256 MiB flash of a storage mux (a mock)"),
  ],
};
