import { untilAborted } from "./until_aborted.ts";

/** How a machine ended, see `MachineEnd`. */
interface End {
  readonly inOrder: boolean;
  readonly reason: string;
}

/** What is switched: it runs until it is stopped, or ends by itself. */
export interface Switchable {
  /** Resolves when it has ended. */
  readonly ended: Promise<End>;
  /** Ends it; has a deadline of its own. */
  stop(): Promise<End>;
}

/** Where {@linkcode PowerMachine} stands, for people. */
export type PowerStateName = "off" | "starting" | "on" | "stopping";

/** What {@linkcode PowerMachine} is made with. */
export interface PowerMachineOptions<T extends Switchable> {
  /** Starts it. When the signal is aborted it ends what it has begun, and throws. */
  start(signal: AbortSignal): Promise<T>;
  /** Told when it ends without having been stopped. */
  onEnd?(end: End): void;
  /** How long a start may take, in ms. 30 s unless told. */
  startMs?: number;
}

/** The power state, with what each one needs. */
type State<T> =
  | { readonly name: "off" }
  | {
    readonly name: "starting";
    readonly abort: AbortController;
    readonly done: Promise<void>;
    callers: number;
  }
  | { readonly name: "on"; readonly machine: T }
  | { readonly name: "stopping"; readonly done: Promise<void> };

/**
 * The power switch of something that takes time to come and go.
 *
 * | state    | `on()`                  | `off()`           | by itself                    | deadline              |
 * |----------|-------------------------|-------------------|------------------------------|-----------------------|
 * | off      | → starting              | nothing           |                              |                       |
 * | starting | waits for the same one  | gives up → off    | up → on, failed → off        | `startMs`, then → off |
 * | on       | nothing                 | → stopping        | ended → off, `onEnd` is told |                       |
 * | stopping | waits, then → starting  | waits for the end | ended → off                  | that of `stop()`      |
 *
 * A start is given up as well when nobody waits for it any more.
 */
export class PowerMachine<T extends Switchable> {
  readonly #options: PowerMachineOptions<T>;
  #state: State<T> = { name: "off" };

  /** Off at first. */
  constructor(options: PowerMachineOptions<T>) {
    this.#options = options;
  }

  /** Where it stands. */
  get state(): PowerStateName {
    return this.#state.name;
  }

  /** What runs, while it is on. */
  get machine(): T | undefined {
    return this.#state.name === "on" ? this.#state.machine : undefined;
  }

  /**
   * Switches it on.
   *
   * @returns whether it was not on already
   * @throws what made the start fail, a `TimeoutError` at its deadline, or the signal's reason
   */
  async on(signal?: AbortSignal): Promise<boolean> {
    signal?.throwIfAborted();
    while (this.#state.name === "stopping") await untilAborted(this.#state.done, signal);
    if (this.#state.name === "on") return false;
    const starting = this.#state.name === "starting" ? this.#state : this.#start();
    starting.callers++;
    try {
      await untilAborted(starting.done, signal);
      return true;
    } catch (error) {
      if (signal?.aborted && starting.callers === 1 && this.#state === starting) {
        starting.abort.abort(signal.reason);
        await starting.done.catch(() => {});
      }
      throw error;
    } finally {
      starting.callers--;
    }
  }

  /**
   * Switches it off.
   *
   * @returns whether it was not off already
   */
  async off(): Promise<boolean> {
    const state = this.#state;
    switch (state.name) {
      case "off":
        return false;
      case "starting":
        state.abort.abort(
          new DOMException("Power was switched off during the start", "AbortError"),
        );
        await state.done.catch(() => {});
        // It may have been up already.
        await this.off();
        return true;
      case "on":
        await this.#stop(state.machine).done;
        return true;
      case "stopping":
        await state.done;
        return true;
    }
  }

  #start(): State<T> & { name: "starting" } {
    const abort = new AbortController();
    const { startMs = 30_000 } = this.#options;
    const late = setTimeout(() => {
      const text = `Cannot power on: it takes longer than ${startMs / 1000} s`;
      abort.abort(new DOMException(text, "TimeoutError"));
    }, startMs);
    const begin = async (): Promise<void> => {
      try {
        const machine = await this.#options.start(abort.signal);
        this.#state = { name: "on", machine };
        machine.ended.then((end) => this.#ended(machine, end));
      } catch (error) {
        this.#state = { name: "off" };
        throw abort.signal.aborted ? abort.signal.reason : error;
      } finally {
        clearTimeout(late);
      }
    };
    const done = Promise.resolve().then(begin);
    done.catch(() => {});
    const starting: State<T> = { name: "starting", abort, done, callers: 0 };
    this.#state = starting;
    return starting;
  }

  #stop(machine: T): State<T> & { name: "stopping" } {
    const stop = async (): Promise<void> => {
      try {
        await machine.stop();
      } finally {
        this.#state = { name: "off" };
      }
    };
    const stopping: State<T> = { name: "stopping", done: Promise.resolve().then(stop) };
    this.#state = stopping;
    return stopping;
  }

  #ended(machine: T, end: End): void {
    if (this.#state.name !== "on" || this.#state.machine !== machine) return;
    this.#state = { name: "off" };
    this.#options.onEnd?.(end);
  }
}
