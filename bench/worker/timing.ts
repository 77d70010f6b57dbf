import type { Figures } from "../harness/measurement.ts";
import { percentile } from "../harness/statistics.ts";

/** Calls `once` one after the other for `seconds`, at least once; p50 and p99 of its time in µs. */
export async function sampleLatency(seconds: number, once: () => Promise<void>): Promise<Figures> {
  const samples: number[] = [];
  const end = performance.now() + seconds * 1000;
  let before = performance.now();
  do {
    await once();
    const after = performance.now();
    samples.push((after - before) * 1000);
    before = after;
  } while (before < end);
  return { p50: percentile(samples, 0.5), p99: percentile(samples, 0.99), samples: samples.length };
}

/** Keeps `inFlight` calls of `once` under way for `seconds`; how many ended per second. */
export async function sampleRate(
  seconds: number,
  inFlight: number,
  once: () => Promise<void>,
): Promise<Figures> {
  let calls = 0;
  const start = performance.now();
  const end = start + seconds * 1000;
  const worker = async (): Promise<void> => {
    while (performance.now() < end) {
      await once();
      calls++;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return { per_s: perSecond(calls, start) };
}

/** Makes `count` calls of `once`, `inFlight` at a time. */
export async function repeat(
  count: number,
  inFlight: number,
  once: () => Promise<void>,
): Promise<void> {
  let started = 0;
  const worker = async (): Promise<void> => {
    while (started < count) {
      started++;
      await once();
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
}

/** How many per second since `start`, a `performance.now()`. */
export function perSecond(count: number, start: number): number {
  return count * 1000 / (performance.now() - start);
}

/** `bytes` since `start`, in MiB/s. */
export function mebibytesPerSecond(bytes: number, start: number): number {
  return perSecond(bytes, start) / 2 ** 20;
}
