import { Telnet } from "./telnet.ts";

/** Option of RFC 2217. */
export const COM_PORT_OPTION = 44;

/** Options that we ask for, and agree to, on our side (WILL) and on the server's (DO). */
const OURS: readonly number[] = [Telnet.BINARY, Telnet.SUPPRESS_GO_AHEAD, COM_PORT_OPTION];
const THEIRS: readonly number[] = [Telnet.BINARY, Telnet.SUPPRESS_GO_AHEAD];
/** What the server may do unasked: an echo changes nothing here. */
const TOLERATED: readonly number[] = [...THEIRS, Telnet.ECHO, COM_PORT_OPTION];

/**
 * Agrees with the server on telnet's options. What was asked for is not answered again, and an answer that changes nothing
 * is not given, so that two sides cannot go on for ever (RFC 854, RFC 1143).
 */
export class TelnetOptions {
  readonly #send: (bytes: Uint8Array) => void;
  readonly #ours = new Map<number, boolean>();
  readonly #theirs = new Map<number, boolean>();
  readonly #asked = new Set<number>();

  /** @param send sends a command */
  constructor(send: (bytes: Uint8Array) => void) {
    this.#send = send;
  }

  /** Asks for what is wanted. */
  begin(): void {
    const bytes: number[] = [];
    for (const option of OURS) {
      bytes.push(Telnet.IAC, Telnet.WILL, option);
      this.#asked.add(Telnet.WILL << 8 | option);
    }
    for (const option of THEIRS) {
      bytes.push(Telnet.IAC, Telnet.DO, option);
      this.#asked.add(Telnet.DO << 8 | option);
    }
    this.#send(new Uint8Array(bytes));
  }

  /** Whether the server takes our option; `undefined` until it has said so. */
  agreed(option: number): boolean | undefined {
    return this.#ours.get(option);
  }

  /** Takes what the server said. */
  receive(verb: number, option: number): void {
    const { DO, DONT, WILL, WONT } = Telnet;
    if (verb === DO || verb === DONT) {
      const granted = verb === DO && OURS.includes(option);
      this.#settle(this.#ours, option, verb === DO, granted, granted ? WILL : WONT, WILL);
    } else {
      const granted = verb === WILL && TOLERATED.includes(option);
      this.#settle(this.#theirs, option, verb === WILL, granted, granted ? DO : DONT, DO);
    }
  }

  #settle(
    side: Map<number, boolean>,
    option: number,
    wanted: boolean,
    granted: boolean,
    answer: number,
    asking: number,
  ): void {
    const before = side.get(option) ?? false;
    side.set(option, granted);
    if (this.#asked.delete(asking << 8 | option)) return;
    const refusal = wanted && !granted;
    if (refusal || before !== granted) this.#send(new Uint8Array([Telnet.IAC, answer, option]));
  }
}
