import { constants } from "node:os";

/** Signals that end an exporter. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];

/** How often the person, or the machine, has asked the exporter to end. */
export class StopSignals implements Disposable {
  readonly #stop = new AbortController();
  readonly #force = new AbortController();
  readonly #listeners: readonly (readonly [Deno.Signal, () => void])[];
  #first: Deno.Signal | undefined;

  /** Listens; each signal is told to `onSignal` first, with how many have come. */
  constructor(onSignal: (signal: Deno.Signal, count: number) => void) {
    let count = 0;
    this.#listeners = SIGNALS.map((signal) => {
      const listener = (): void => {
        onSignal(signal, ++count);
        this.#first ??= signal;
        if (count === 1) this.#stop.abort();
        else if (count === 2) this.#force.abort();
        else Deno.exit(this.exitCode);
      };
      Deno.addSignalListener(signal, listener);
      return [signal, listener];
    });
  }

  /** Aborted at the first signal: end in order. */
  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  /** Aborted at the second signal: end now. At the third the process exits. */
  get force(): AbortSignal {
    return this.#force.signal;
  }

  /** 128 and the number of the first signal, as shells have it; undefined if none came. */
  get exitCode(): number | undefined {
    if (this.#first === undefined) return undefined;
    return 128 + (constants.signals as Record<string, number>)[this.#first];
  }

  /** Listens no more. */
  [Symbol.dispose](): void {
    for (const [signal, listener] of this.#listeners) Deno.removeSignalListener(signal, listener);
  }
}
