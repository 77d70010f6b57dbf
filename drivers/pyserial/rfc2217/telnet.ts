/** Bytes of the telnet protocol: RFC 854, RFC 856 (binary), RFC 858 (suppress go-ahead). */
export const Telnet = {
  /** Begins a command; twice it is a byte of data. */
  IAC: 255,
  /** "You shall not." */
  DONT: 254,
  /** "You may." */
  DO: 253,
  /** "I shall not." */
  WONT: 252,
  /** "I may." */
  WILL: 251,
  /** Begins a subnegotiation. */
  SB: 250,
  /** Ends it. */
  SE: 240,
  /** Option: all 8 bits. */
  BINARY: 0,
  /** Option: the other side echoes. */
  ECHO: 1,
  /** Option: nobody waits for his turn. */
  SUPPRESS_GO_AHEAD: 3,
} as const;

/** What a {@linkcode TelnetReader} finds. */
export interface TelnetEvents {
  /** Data; good during the call only. */
  onData(bytes: Uint8Array): void;
  /** WILL, WONT, DO or DONT. */
  onOption(verb: number, option: number): void;
  /** A subnegotiation: the option, then its parameters. */
  onSubnegotiation(bytes: Uint8Array): void;
}

/** Longest subnegotiation that is kept, in bytes: those of RFC 2217 have 5, signatures some dozens. */
const MAX_SUBNEGOTIATION = 4096;

type State = "data" | "command" | "option" | "sub" | "sub command";

/** Takes telnet apart, however it is cut into chunks. */
export class TelnetReader {
  readonly #events: TelnetEvents;
  #state: State = "data";
  #verb = 0;
  #sub: number[] = [];

  /** Hands over what it finds. */
  constructor(events: TelnetEvents) {
    this.#events = events;
  }

  /** Takes what came. */
  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      if (this.#state === "data") at = this.#data(bytes, at);
      else this.#control(bytes[at++]);
    }
  }

  /** Hands over the data up to the next command. */
  #data(bytes: Uint8Array, from: number): number {
    const found = bytes.indexOf(Telnet.IAC, from);
    const to = found < 0 ? bytes.length : found;
    if (to > from) this.#events.onData(bytes.subarray(from, to));
    if (found < 0) return to;
    this.#state = "command";
    return to + 1;
  }

  #control(byte: number): void {
    switch (this.#state) {
      case "command":
        return this.#command(byte);
      case "option":
        this.#state = "data";
        return this.#events.onOption(this.#verb, byte);
      case "sub":
        if (byte === Telnet.IAC) this.#state = "sub command";
        else if (this.#sub.length < MAX_SUBNEGOTIATION) this.#sub.push(byte);
        return;
      default:
        return this.#subCommand(byte);
    }
  }

  #command(byte: number): void {
    this.#state = "data";
    if (byte === Telnet.IAC) this.#events.onData(new Uint8Array([Telnet.IAC]));
    else if (byte === Telnet.SB) {
      this.#state = "sub";
      this.#sub = [];
    } else if (byte >= Telnet.WILL) {
      this.#verb = byte;
      this.#state = "option";
    }
    // Others, such as NOP, are whole in themselves.
  }

  #subCommand(byte: number): void {
    if (byte === Telnet.SE) {
      this.#state = "data";
      this.#events.onSubnegotiation(new Uint8Array(this.#sub));
      return;
    }
    this.#state = "sub";
    if (byte === Telnet.IAC && this.#sub.length < MAX_SUBNEGOTIATION) this.#sub.push(byte);
  }
}

/** Data as telnet carries it: each 255 twice. The same array where there is none. */
export function escapeIac(bytes: Uint8Array): Uint8Array {
  let count = 0;
  for (let at = bytes.indexOf(Telnet.IAC); at >= 0; at = bytes.indexOf(Telnet.IAC, at + 1)) count++;
  if (count === 0) return bytes;
  const escaped = new Uint8Array(bytes.length + count);
  let to = 0;
  for (const byte of bytes) {
    escaped[to++] = byte;
    if (byte === Telnet.IAC) escaped[to++] = byte;
  }
  return escaped;
}

/** A subnegotiation, ready to be sent. */
export function subnegotiation(option: number, parameters: Uint8Array): Uint8Array {
  const { IAC, SB, SE } = Telnet;
  return new Uint8Array([IAC, SB, option, ...escapeIac(parameters), IAC, SE]);
}
