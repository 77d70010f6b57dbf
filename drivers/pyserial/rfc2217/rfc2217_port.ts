import { connectTcp } from "../connect_tcp.ts";
import type { LineErrors, PortControl, PortLines, PortOptions, SerialPort } from "../port.ts";
import { Turns } from "../turns.ts";
import type { SerialUrl } from "../url.ts";
import { abortable, withDeadline } from "../waits.ts";
import { Answers } from "./answers.ts";
import {
  baudRateBytes,
  ComPort,
  type ComPortCommand,
  Control,
  lineCommands,
  LineState,
  ModemState,
} from "./com_port.ts";
import { escapeIac, subnegotiation, TelnetReader } from "./telnet.ts";
import { COM_PORT_OPTION, TelnetOptions } from "./telnet_options.ts";

/** How long the server may take to say whether it speaks RFC 2217, in ms. */
const AGREE_MS = 5_000;
/** The errors of NOTIFY-LINESTATE that are counted. */
const LINE_ERRORS = LineState.OVERRUN | LineState.PARITY | LineState.FRAMING | LineState.BREAK;
/** Bytes that one read takes. */
const READ_BYTES = 64 * 1024;
/** A baud rate that is off by more than this share garbles: half a bit in ten. */
const BAUD_TOLERANCE = 0.04;

/** A serial port behind a server: bytes over telnet, and its line by RFC 2217. */
class Rfc2217Port implements SerialPort, PortControl {
  readonly #conn: Deno.TcpConn;
  readonly #confirm: boolean;
  readonly #ended = new AbortController();
  readonly #turns = new Turns();
  readonly #answers = new Answers();
  readonly #agreement = Promise.withResolvers<void>();
  readonly #options: TelnetOptions;
  readonly #errors: LineErrors = {
    overruns: 0,
    bufferOverruns: 0,
    parityErrors: 0,
    framingErrors: 0,
    breaks: 0,
  };
  /** What came before anybody wanted it. */
  #early: Uint8Array[] | undefined = [];
  #onBytes: ((bytes: Uint8Array) => void) | undefined;
  #reading: Promise<void>;
  #resumed: PromiseWithResolvers<void> | undefined;
  #modemState = 0;
  #dtr = true;
  #rts = true;
  #baudRate = 0;

  constructor(conn: Deno.TcpConn, confirm: boolean) {
    this.#conn = conn;
    this.#confirm = confirm;
    this.#agreement.promise.catch(() => {});
    this.#options = new TelnetOptions((bytes) => this.#sendSoon(bytes));
    this.#reading = this.#read();
    this.#reading.catch(() => {});
  }

  get control(): PortControl {
    return this;
  }

  get baudRate(): number {
    return this.#baudRate;
  }

  /** Agrees on RFC 2217 and sets the line up. */
  async begin(options: PortOptions, signal: AbortSignal): Promise<void> {
    this.#options.begin();
    await withDeadline(
      this.#agreement.promise,
      AGREE_MS,
      `Cannot open serial port: the server said nothing about RFC 2217 within ${
        AGREE_MS / 1000
      } s: use socket:// if it passes bytes as they are`,
      signal,
    );
    const commands = lineCommands(options.line);
    await Promise.all(commands.map((command) => this.#set(command, signal)));
    this.#tell(ComPort.SET_LINESTATE_MASK, LINE_ERRORS);
    this.#tell(ComPort.SET_MODEMSTATE_MASK, 0xff);
    // As opening a tty does. A device without these lines gives no answer.
    this.#tell(ComPort.SET_CONTROL, Control.DTR_ON);
    this.#tell(ComPort.SET_CONTROL, Control.RTS_ON);
  }

  async run(onBytes: (bytes: Uint8Array) => void): Promise<void> {
    for (const bytes of this.#early ?? []) onBytes(bytes);
    this.#early = undefined;
    this.#onBytes = onBytes;
    await this.#reading;
  }

  async write(bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    while (this.#resumed !== undefined) await abortable(this.#resumed.promise, signal);
    await abortable(this.#send(escapeIac(bytes)), signal);
  }

  async setDtr(raised: boolean): Promise<void> {
    await this.#control(raised ? Control.DTR_ON : Control.DTR_OFF, "DTR");
    this.#dtr = raised;
  }

  async setRts(raised: boolean): Promise<void> {
    await this.#control(raised ? Control.RTS_ON : Control.RTS_OFF, "RTS");
    this.#rts = raised;
  }

  async setBreak(on: boolean): Promise<void> {
    await this.#control(on ? Control.BREAK_ON : Control.BREAK_OFF, "a break");
  }

  lines(): PortLines {
    const state = this.#modemState;
    return {
      dtr: this.#dtr,
      rts: this.#rts,
      cts: (state & ModemState.CTS) !== 0,
      dsr: (state & ModemState.DSR) !== 0,
      ri: (state & ModemState.RI) !== 0,
      cd: (state & ModemState.CD) !== 0,
    };
  }

  async setBaudRate(baudRate: number): Promise<number> {
    await this.#set({
      what: "baud rate",
      command: ComPort.SET_BAUDRATE,
      value: baudRateBytes(baudRate),
    });
    return this.#baudRate;
  }

  errors(): LineErrors {
    return this.#errors;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end(new Deno.errors.BrokenPipe("Cannot use serial port: it was closed"));
    await this.#reading.catch(() => {});
  }

  #end(reason: unknown): void {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort(reason);
    this.#agreement.reject(reason);
    this.#resumed?.reject(reason);
    this.#conn.close();
  }

  async #read(): Promise<void> {
    const reader = new TelnetReader({
      onData: (bytes) => this.#onData(bytes),
      onOption: (verb, option) => this.#onOption(verb, option),
      onSubnegotiation: (bytes) => this.#onSubnegotiation(bytes),
    });
    const room = new Uint8Array(READ_BYTES);
    try {
      for (let count; (count = await this.#conn.read(room)) !== null;) {
        reader.push(room.subarray(0, count));
      }
    } catch (error) {
      if (!this.#ended.signal.aborted) throw error;
    } finally {
      this.#end(new Deno.errors.UnexpectedEof("Cannot use serial port: the server closed it"));
    }
  }

  #onData(bytes: Uint8Array): void {
    if (this.#onBytes !== undefined) this.#onBytes(bytes);
    else this.#early?.push(bytes.slice());
  }

  #onOption(verb: number, option: number): void {
    this.#options.receive(verb, option);
    if (option !== COM_PORT_OPTION) return;
    const agreed = this.#options.agreed(option);
    if (agreed === true) this.#agreement.resolve();
    else if (agreed === false) {
      this.#agreement.reject(
        new Deno.errors.NotSupported("Cannot open serial port: the server does not speak RFC 2217"),
      );
    }
  }

  #onSubnegotiation(bytes: Uint8Array): void {
    if (bytes.length < 2 || bytes[0] !== COM_PORT_OPTION) return;
    const command = bytes[1] - ComPort.ANSWER;
    const value = bytes.subarray(2);
    switch (command) {
      case ComPort.NOTIFY_MODEMSTATE:
        this.#modemState = value[0] ?? 0;
        return;
      case ComPort.NOTIFY_LINESTATE:
        return this.#countErrors(value[0] ?? 0);
      case ComPort.FLOWCONTROL_SUSPEND:
        if (this.#resumed !== undefined) return;
        this.#resumed = Promise.withResolvers();
        this.#resumed.promise.catch(() => {});
        return;
      case ComPort.FLOWCONTROL_RESUME:
        this.#resumed?.resolve();
        this.#resumed = undefined;
        return;
      default:
        this.#answers.receive(command, value);
    }
  }

  #countErrors(state: number): void {
    if ((state & LineState.OVERRUN) !== 0) this.#errors.overruns++;
    if ((state & LineState.PARITY) !== 0) this.#errors.parityErrors++;
    if ((state & LineState.FRAMING) !== 0) this.#errors.framingErrors++;
    if ((state & LineState.BREAK) !== 0) this.#errors.breaks++;
  }

  async #control(value: number, what: string): Promise<void> {
    await this.#set({ what, command: ComPort.SET_CONTROL, value: new Uint8Array([value]) });
  }

  /** Sends a command; where answers are waited for, checks that the server did it. */
  async #set(wish: ComPortCommand, signal?: AbortSignal): Promise<void> {
    const { what, command, value } = wish;
    const message = subnegotiation(COM_PORT_OPTION, new Uint8Array([command, ...value]));
    const isBaudRate = command === ComPort.SET_BAUDRATE;
    const wanted = numberOf(value);
    if (!this.#confirm) {
      if (isBaudRate) this.#baudRate = wanted;
      return await abortable(this.#send(message), signal);
    }
    const ended = this.#ended.signal;
    const answering = this.#answers.next(wish, signal ? AbortSignal.any([signal, ended]) : ended);
    answering.catch(() => {});
    await this.#send(message);
    const got = numberOf(await answering);
    const tolerance = isBaudRate ? wanted * BAUD_TOLERANCE : 0;
    if (Math.abs(got - wanted) > tolerance) {
      throw new Deno.errors.NotSupported(
        `Cannot set ${what} of serial port: the server has set ${got} instead of ${wanted}`,
      );
    }
    if (isBaudRate) this.#baudRate = got;
  }

  /** Sends a command whose answer does not matter. */
  #tell(command: number, value: number): void {
    this.#sendSoon(subnegotiation(COM_PORT_OPTION, new Uint8Array([command, value])));
  }

  /** Sends without waiting; a failure shows where the connection is read. */
  #sendSoon(bytes: Uint8Array): void {
    this.#send(bytes).catch(() => {});
  }

  /** Sends whole messages one after the other: none inside another. */
  #send(bytes: Uint8Array): Promise<void> {
    return this.#turns.take(async () => {
      this.#ended.signal.throwIfAborted();
      for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
    });
  }
}

/** A number of 1 or 4 bytes, big endian. */
function numberOf(bytes: Uint8Array): number {
  return bytes.reduce((number, byte) => number * 256 + byte, 0);
}

/**
 * Opens `rfc2217://HOST:PORT`: agrees with the server on telnet's binary mode and RFC 2217, then sets the line up.
 *
 * @throws {Deno.errors.NotSupported} if the server does not speak RFC 2217, or cannot set the line as wanted
 * @throws {Deno.errors.TimedOut} if it does not answer; as {@linkcode connectTcp}; the signal's reason
 */
export async function openRfc2217Port(
  url: Extract<SerialUrl, { kind: "rfc2217" }>,
  options: PortOptions,
  signal: AbortSignal,
): Promise<SerialPort> {
  const conn = await connectTcp(url.hostname, url.port, signal);
  const port = new Rfc2217Port(conn, url.confirm);
  try {
    await port.begin(options, signal);
    return port;
  } catch (error) {
    await port[Symbol.asyncDispose]();
    throw error;
  }
}
