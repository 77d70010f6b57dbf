import type { Measurement } from "./measurement.ts";
import { summarize, type Summary } from "./statistics.ts";
import { isMet, type Target } from "./target.ts";

/** One number out of the samples of a measurement. */
export interface FigureSource {
  /** Where the samples come from. */
  readonly of: Measurement;
  /** Which number of each sample. */
  readonly field: string;
  /** A measurement whose `field` is taken off in the same run, e.g. the bare link's time. */
  readonly minus?: Measurement;
}

/** A row before it is measured. */
export interface RowSpec {
  /** Unique in the suite; `--only` matches its beginning. */
  readonly id: string;
  /** What is measured, for people. */
  readonly metric: string;
  /** Unit of both figures. */
  readonly unit: string;
  /** Where our figure comes from. */
  readonly ours: FigureSource;
  /** Where the peer's figure comes from. */
  readonly peer: FigureSource;
  /** Who the peer is. */
  readonly peerName: string;
  /** What has to be reached; `null` for a row that only informs. */
  readonly target: Target | null;
}

/** A measured row: what the table and the JSON show. */
export interface Row {
  /** See {@linkcode RowSpec.id}. */
  readonly id: string;
  /** See {@linkcode RowSpec.metric}. */
  readonly metric: string;
  /** See {@linkcode RowSpec.unit}. */
  readonly unit: string;
  /** Our figure over all runs, `null` if it could not be measured. */
  readonly ours: Summary | null;
  /** The peer's figure over all runs, `null` if it could not be measured. */
  readonly peer: Summary | null;
  /** See {@linkcode RowSpec.peerName}. */
  readonly peerName: string;
  /** Median of ours ÷ median of the peer's. */
  readonly ratio: number | null;
  /** See {@linkcode RowSpec.target}. */
  readonly target: Target | null;
  /** Whether the target is met; `null` without a target or without its figures. */
  readonly met: boolean | null;
  /** The single figures, run by run. */
  readonly samples: { readonly ours: readonly number[]; readonly peer: readonly number[] };
  /** Why a figure is missing. */
  readonly errors: readonly string[];
}

/** Builds the row from the figures of all runs. */
export function buildRow(
  spec: RowSpec,
  samples: { ours: readonly number[]; peer: readonly number[] },
  errors: readonly string[],
): Row {
  const ours = samples.ours.length > 0 ? summarize(samples.ours) : null;
  const peer = samples.peer.length > 0 ? summarize(samples.peer) : null;
  // Growth of memory may be none, or less: that has no ratio.
  const ratio = ours !== null && peer !== null && ours.median >= 0 && peer.median > 0
    ? ours.median / peer.median
    : null;
  const met = spec.target === null ? null : isMet(spec.target, ours?.median ?? null, ratio);
  const { id, metric, unit, peerName, target } = spec;
  return { id, metric, unit, ours, peer, peerName, ratio, target, met, samples, errors };
}
