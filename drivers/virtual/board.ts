import type { Logger } from "@jumpstarter/core/driver";
import type { SerialHub } from "../pyserial/mod.ts";
import {
  startVirtualProcess,
  type VirtualProcess,
  type VirtualProcessOptions,
} from "./virtual_process.ts";

/** What a board is made with. */
export interface VirtualBoardOptions extends VirtualProcessOptions {
  /** Takes its console, over and over. */
  console: SerialHub;
  /** Told of a board that goes off by itself. */
  log: Logger;
}

/** The power: on with its process, or off, or between the two. */
type State =
  | { readonly name: "off" }
  | { readonly name: "on"; readonly process: VirtualProcess; readonly gone: Promise<void> }
  | { readonly name: "stopping"; readonly gone: Promise<void> };

/**
 * A board that comes and goes with its power.
 *
 * | state    | `on()`            | `off()`           | by itself                            |
 * |----------|-------------------|-------------------|--------------------------------------|
 * | off      | → on              | nothing           |                                      |
 * | on       | nothing           | → stopping        | process ended → off, with a warning  |
 * | stopping | waits, then → on  | waits for the end | process gone, console read out → off |
 *
 * `stopping` has no deadline of its own: SIGKILL is not refused.
 */
export class Board {
  readonly #options: VirtualBoardOptions;
  #state: State = { name: "off" };

  /** Off at first. */
  constructor(options: VirtualBoardOptions) {
    this.#options = options;
  }

  /** Whether it has power. */
  get isOn(): boolean {
    return this.#state.name === "on";
  }

  /** Switches it on. @returns whether it was off */
  async on(): Promise<boolean> {
    while (this.#state.name === "stopping") await this.#state.gone;
    if (this.#state.name === "on") return false;
    const process = startVirtualProcess(this.#options);
    const gone = this.#run(process);
    this.#state = { name: "on", process, gone };
    return true;
  }

  /** Switches it off. @returns whether it was on */
  async off(): Promise<boolean> {
    const state = this.#state;
    if (state.name === "off") return false;
    if (state.name === "on") {
      this.#state = { name: "stopping", gone: state.gone };
      await state.process.kill();
    }
    await state.gone;
    return true;
  }

  /** Reads its console until it is gone. */
  async #run(process: VirtualProcess): Promise<void> {
    const { console, log } = this.#options;
    // A terminal that lost its program is read out first, then it ends.
    await console.attach(process.console).catch((error) => log.debug(`Console: ${error}`));
    const { code, signal } = await process.status;
    if (this.#state.name === "on") {
      log.warn(`Board went off by itself: ${signal ?? `exit code ${code}`}`);
    }
    this.#state = { name: "off" };
  }
}
