import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type { DriverCall, DriverHooks, DriverMethods } from "@jumpstarter/core/driver";
import { CHUNK_BYTES, type Duplex } from "@jumpstarter/core/stream";
import type {
  ModemLinesSchema,
  SerialHistorySchema,
  SerialInterface,
  SerialInterfaceHistoryRequest,
  SerialInterfaceSendBreakRequest,
  SerialInterfaceSetBaudrateRequest,
  SerialInterfaceSetBreakRequest,
  SerialInterfaceSetDtrRequest,
  SerialInterfaceSetRtsRequest,
  SerialInterfaceTailRequest,
  SerialInterfaceWriteRequest,
  SerialPieceSchema,
  SerialStatisticsSchema,
} from "@jumpstarter/proto/driver/serial/v1";
import { breakMs } from "./break_length.ts";
import { historyRange } from "./history_range.ts";
import type { SerialHub } from "./hub.ts";
import type { PortControl, SerialPort } from "./port.ts";
import type { PortKeeper } from "./port_keeper.ts";
import { delay } from "@jumpstarter/core/client";

/** What {@linkcode PySerialDriver} may be given besides its hub. */
export interface PySerialDriverOptions {
  /** Opens the port, and opens it again. Without one somebody else attaches ports to the hub. */
  keeper?: PortKeeper;
  /** Ended with the session. */
  owned?: AsyncDisposable;
  /** Told of a changed baud rate, in bits per second. */
  onBaudRate?: (baudRate: number) => void;
}

/** What callers reach of a serial port: the methods of `SerialInterface`, on a {@linkcode SerialHub}. */
export class PySerialDriver implements DriverMethods<typeof SerialInterface>, DriverHooks {
  readonly #hub: SerialHub;
  readonly #options: PySerialDriverOptions;

  /** A driver of that hub's port. */
  constructor(hub: SerialHub, options: PySerialDriverOptions = {}) {
    this.#hub = hub;
    this.#options = options;
  }

  /** Opens a stream to the port, from now on. */
  async connect(call: DriverCall): Promise<Duplex> {
    await this.#options.keeper?.ready(call.signal);
    return this.#hub.open();
  }

  /** Opens a stream to the port that begins with what is held. */
  async replay(call: DriverCall): Promise<Duplex> {
    await this.#options.keeper?.ready(call.signal);
    return this.#hub.open({ replay: true });
  }

  /** Sends bytes. */
  async write({ data }: SerialInterfaceWriteRequest, call: DriverCall): Promise<void> {
    await this.#options.keeper?.ready(call.signal);
    await this.#hub.write(data, call.signal);
  }

  /** Ends all streams. */
  close(): void {
    this.#hub.endStreams();
  }

  /** Sets DTR. */
  async setDtr({ value }: SerialInterfaceSetDtrRequest, call: DriverCall): Promise<void> {
    await (await this.#control("set DTR", call)).setDtr(value);
  }

  /** Sets RTS. */
  async setRts({ value }: SerialInterfaceSetRtsRequest, call: DriverCall): Promise<void> {
    await (await this.#control("set RTS", call)).setRts(value);
  }

  /** Begins or ends a break. */
  async setBreak({ value }: SerialInterfaceSetBreakRequest, call: DriverCall): Promise<void> {
    await (await this.#control("set a break", call)).setBreak(value);
  }

  /** Sends a break; it ends with the call at the latest. */
  async sendBreak(request: SerialInterfaceSendBreakRequest, call: DriverCall): Promise<void> {
    const ms = breakMs(request.duration);
    const control = await this.#control("send a break", call);
    await control.setBreak(true);
    try {
      await delay(ms, call.signal);
    } finally {
      await control.setBreak(false);
    }
  }

  /** Reads the modem lines. */
  async getModemLines(
    _request: unknown,
    call: DriverCall,
  ): Promise<MessageInitShape<typeof ModemLinesSchema>> {
    return await (await this.#control("read modem lines", call)).lines();
  }

  /** Changes the baud rate. */
  async setBaudrate(
    { baudrate }: SerialInterfaceSetBaudrateRequest,
    call: DriverCall,
  ): Promise<{ baudrate: number }> {
    if (baudrate < 1) {
      throw new RangeError(
        `Cannot set baud rate: it must be 1 or more: current value is ${baudrate}`,
      );
    }
    const set = await (await this.#control("set baud rate", call)).setBaudRate(baudrate);
    this.#options.onBaudRate?.(baudrate);
    return { baudrate: set };
  }

  /** Says how the port is. */
  statistics(): MessageInitShape<typeof SerialStatisticsSchema> {
    const { port, problem, ring, bytesSent, bytesMissed, streams } = this.#hub;
    return {
      open: port !== undefined,
      problem: port === undefined ? problem : undefined,
      opened: this.#options.keeper?.opened ?? this.#hub.attached,
      baudrate: port?.baudRate ?? 0,
      streams,
      bytesReceived: BigInt(ring.end),
      bytesSent: BigInt(bytesSent),
      bytesMissed: BigInt(bytesMissed),
      historyStart: BigInt(ring.start),
      historyEnd: BigInt(ring.end),
      ...port?.control?.errors(),
    };
  }

  /** Reads output that is held. */
  history(request: SerialInterfaceHistoryRequest): MessageInitShape<typeof SerialHistorySchema> {
    const { ring } = this.#hub;
    const { from, limit } = historyRange(request, ring.start);
    const { offset, bytes } = ring.read(from, limit);
    return { offset: BigInt(offset), data: bytes, end: BigInt(ring.end) };
  }

  /** Follows the output. */
  async *tail(
    request: SerialInterfaceTailRequest,
    call: DriverCall,
  ): AsyncGenerator<MessageInitShape<typeof SerialPieceSchema>> {
    const { ring } = this.#hub;
    let next = historyRange(request, ring.end).from;
    while (await ring.wait(next, { signal: call.signal })) {
      const { offset, bytes } = ring.read(next, CHUNK_BYTES);
      next = offset + bytes.length;
      yield { offset: BigInt(offset), data: bytes };
    }
  }

  /** Closes the port. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#options.owned?.[Symbol.asyncDispose]();
  }

  async #control(action: string, call: DriverCall): Promise<PortControl> {
    const port = await this.#port(action, call);
    if (port.control !== undefined) return port.control;
    throw new ConnectError(
      `Cannot ${action}: serial port '${this.#hub.name}' has no such lines`,
      Code.Unimplemented,
    );
  }

  async #port(action: string, call: DriverCall): Promise<SerialPort> {
    if (this.#options.keeper !== undefined) return await this.#options.keeper.ready(call.signal);
    const { port, name, problem } = this.#hub;
    if (port !== undefined) return port;
    throw new Deno.errors.NotConnected(
      `Cannot ${action}: serial port '${name}' is away: ${problem}`,
    );
  }
}
