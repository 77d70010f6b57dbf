import type { Measurement } from "../harness/measurement.ts";
import type { RowSpec } from "../harness/row.ts";
import type { Family } from "../harness/suite.ts";
import { ratioAtMost } from "../harness/target.ts";
import { jmpTime, powerOnTime, runFigures, shellTime } from "./measurements.ts";
import { compiled, type Side, source, upstream } from "./sides.ts";

/** What is measured of every side. */
interface Figure {
  readonly id: string;
  readonly metric: string;
  readonly of: (side: Side) => Measurement;
  readonly field: "ms" | "idle_mib";
  /** The most that ours may take of upstream's; `null` where nothing was promised. */
  readonly source: number | null;
  /** The same for the compiled program. */
  readonly compiled: number | null;
}

/** One sample gives two figures: the measurements of a side are shared. */
function shared(make: (side: Side) => Measurement): (side: Side) => Measurement {
  const made = new Map<Side, Measurement>();
  return (side) => {
    let measurement = made.get(side);
    if (measurement === undefined) made.set(side, measurement = make(side));
    return measurement;
  };
}

const run = shared(runFigures);

const FIGURES: readonly Figure[] = [
  {
    id: "version",
    metric: "jmp version",
    of: shared((side) => jmpTime(side, "version")),
    field: "ms",
    source: 0.15,
    compiled: 0.1,
  },
  {
    id: "help",
    metric: "jmp --help",
    of: shared((side) => jmpTime(side, "--help")),
    field: "ms",
    source: 0.15,
    compiled: 0.1,
  },
  {
    id: "power-on",
    metric: "j power on, connected",
    of: shared(powerOnTime),
    field: "ms",
    source: 0.15,
    compiled: 0.1,
  },
  {
    id: "shell-true",
    metric: "jmp shell --exporter-config … -- true",
    of: shared((side) => shellTime(side, "true")),
    field: "ms",
    source: null,
    compiled: null,
  },
  {
    id: "shell-power-on",
    metric: "jmp shell --exporter-config … -- j power on",
    of: shared((side) => shellTime(side, "j", "power", "on")),
    field: "ms",
    source: 0.15,
    compiled: 0.15,
  },
  {
    id: "run-ready",
    metric: "jmp run to the first answered GetReport",
    of: run,
    field: "ms",
    source: 0.2,
    compiled: 0.2,
  },
  {
    id: "run-memory",
    metric: "jmp run, idle: memory of all its processes",
    of: run,
    field: "idle_mib",
    source: 0.8,
    compiled: 0.8,
  },
];

function row(figure: Figure, side: Side, build: "source" | "compiled"): RowSpec {
  const { id, metric, of, field } = figure;
  const limit = figure[build];
  return {
    id: `${id}-${build}`,
    metric: `${metric} (${build})`,
    unit: field === "ms" ? "ms" : "MiB",
    ours: { of: of(side), field },
    peer: { of: of(upstream), field },
    peerName: "upstream",
    target: limit === null ? null : ratioAtMost(limit),
  };
}

/** All rows of `deno task bench cli`, in the order of the table. */
export function cliFamilies(): readonly Family[] {
  return [
    {
      name: "command line",
      rows: FIGURES.flatMap((figure) => [
        row(figure, source, "source"),
        row(figure, compiled, "compiled"),
      ]),
    },
  ];
}
