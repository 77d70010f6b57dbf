/** Ctrl-B. */
const CTRL_B = 0x02;
/** So many of them one after the other end a console. */
const COUNT = 3;

/** Watches what a person types for three Ctrl-B in a row: the way out of a console. */
export class CtrlB {
  #seen = 0;

  /**
   * Takes what was typed.
   *
   * @returns what is to be sent, and whether the console ends there; the third Ctrl-B and what follows it are not sent
   */
  push(typed: Uint8Array): { send: Uint8Array; leave: boolean } {
    for (let at = 0; at < typed.length; at++) {
      this.#seen = typed[at] === CTRL_B ? this.#seen + 1 : 0;
      if (this.#seen === COUNT) return { send: typed.subarray(0, at), leave: true };
    }
    return { send: typed, leave: false };
  }
}
