import { withDeadline } from "../waits.ts";
import { ComPort, type ComPortCommand } from "./com_port.ts";

/** How long a server may take to answer a command, in ms: pyserial's 3 s, and a slow serial driver behind it. */
const ANSWER_MS = 5_000;

/** Values of SET-CONTROL come in groups of three: flow control, break, DTR, RTS, flow control inbound. */
const GROUP = 3;

/**
 * What an answer is an answer to: a command, and of SET-CONTROL a group of values, because a server leaves those unanswered
 * that its device cannot do.
 */
function keyOf(command: number, value: Uint8Array): number {
  if (command !== ComPort.SET_CONTROL) return command;
  return command << 8 | Math.ceil(value[0] / GROUP);
}

/** Brings the server's answers to those who wait for them, in the order of asking. */
export class Answers {
  readonly #waiting = new Map<number, ((value: Uint8Array) => void)[]>();

  /**
   * Waits for the next answer to a command that is just sent.
   *
   * @throws {Deno.errors.TimedOut} after 5 s; the signal's reason
   */
  async next({ command, value, what }: ComPortCommand, signal: AbortSignal): Promise<Uint8Array> {
    const key = keyOf(command, value);
    const answer = Promise.withResolvers<Uint8Array>();
    const waiting = this.#waiting.get(key) ?? [];
    this.#waiting.set(key, waiting);
    waiting.push(answer.resolve);
    try {
      return await withDeadline(
        answer.promise,
        ANSWER_MS,
        `Cannot set ${what} of serial port: the server did not answer within ${ANSWER_MS / 1000} s`,
        signal,
      );
    } finally {
      const at = waiting.indexOf(answer.resolve);
      if (at >= 0) waiting.splice(at, 1);
    }
  }

  /** Takes an answer. Unasked ones are dropped. */
  receive(command: number, value: Uint8Array): void {
    this.#waiting.get(keyOf(command, value))?.shift()?.(value);
  }
}
