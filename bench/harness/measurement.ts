import type { ProcessPair } from "./process_pair.ts";

/** Named numbers that one operation gives back; units stand in the rows that show them. */
export type Figures = Readonly<Record<string, number>>;

/** How to start a client process and the server process it talks to. */
export interface PairSpec {
  /** Unique in a suite: measurements of the same name share the processes. */
  readonly name: string;
  /** Starts both; the caller closes what comes back. */
  start(): Promise<ProcessPair>;
}

/** What a measurement may use while it takes a sample. */
export interface SampleContext {
  /** The running pair of that spec, started on first use and shared until the family ends. */
  pair(spec: PairSpec): Promise<ProcessPair>;
  /** A smoke run: as little work as still goes through every step. */
  readonly quick: boolean;
  /** The first sample of all, which is thrown away: just enough work to warm up. */
  readonly warmUp: boolean;
}

/** Something that is measured once in each run; several rows may show figures of it. */
export interface Measurement {
  /** What is measured on whom, for the progress lines. */
  readonly name: string;
  /** Takes one sample. */
  sample(context: SampleContext): Promise<Figures>;
}

/** Options of an operation: numbers only, so that every client program reads them alike. */
export type OperationOptions = Readonly<Record<string, number>>;

/** Share of `seconds` that a warm-up and a smoke run take. */
const WARM_UP_SHARE = 0.3;
const QUICK_SHARE = 0.1;

/**
 * One operation of the client of `spec`. `seconds` in `options` is how long the
 * client keeps at it; it is cut for warm-ups and smoke runs.
 */
export function operation(
  spec: PairSpec,
  name: string,
  options: OperationOptions = {},
): Measurement {
  return {
    name: `${name} on ${spec.name}`,
    async sample(context) {
      const pair = await context.pair(spec);
      return await pair.client.request(name, scaled(options, context));
    },
  };
}

function scaled(options: OperationOptions, context: SampleContext): OperationOptions {
  if (options.seconds === undefined) return options;
  const share = context.quick ? QUICK_SHARE : context.warmUp ? WARM_UP_SHARE : 1;
  return { ...options, seconds: options.seconds * share };
}
