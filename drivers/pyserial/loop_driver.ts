import type { MessageInitShape } from "@bufbuild/protobuf";
import type { DriverHooks, DriverMethods } from "@jumpstarter/core/driver";
import type { Duplex } from "@jumpstarter/core/stream";
import type {
  ModemLinesSchema,
  SerialInterface,
  SerialInterfaceSetBaudrateRequest,
  SerialInterfaceSetDtrRequest,
  SerialInterfaceSetRtsRequest,
  SerialInterfaceWriteRequest,
  SerialStatisticsSchema,
} from "@jumpstarter/proto/driver/serial/v1";
import { type EndableStream, loopStream } from "./loop_stream.ts";
import { Pace } from "./pace.ts";

/** Settings of a {@linkcode LoopDriver}. */
export interface LoopDriverOptions {
  /** Characters per second at most; without it, 0 or less: as fast as it goes. */
  cps?: number;
  /** Bits per second that are reported. */
  baudRate: number;
}

/**
 * `loop://`: no port at all. Each stream gets back what is sent on it, and nothing of the others. The modem lines are joined
 * as in pyserial: DTR is seen as DSR, RTS as CTS, and there is always a carrier.
 */
export class LoopDriver implements DriverMethods<typeof SerialInterface>, DriverHooks {
  readonly #cps: number | undefined;
  readonly #streams = new Set<EndableStream>();
  #baudRate: number;
  #dtr = true;
  #rts = true;
  #bytes = 0;

  /** A loop that is as fast as told. */
  constructor(options: LoopDriverOptions) {
    this.#cps = options.cps !== undefined && options.cps > 0 ? options.cps : undefined;
    this.#baudRate = options.baudRate;
  }

  /** Opens a loop of its own. */
  connect(): Duplex {
    const stream = loopStream({
      pace: this.#cps === undefined ? undefined : new Pace(this.#cps),
      onBytes: (count) => this.#bytes += count,
      onEnd: () => this.#streams.delete(stream),
    });
    this.#streams.add(stream);
    return stream;
  }

  /** Takes bytes; without a stream there is nobody to give them back to. */
  write({ data }: SerialInterfaceWriteRequest): void {
    this.#bytes += data.length;
  }

  /** Ends all streams. */
  close(): void {
    for (const stream of this.#streams) stream.end();
  }

  /** Sets DTR. */
  setDtr({ value }: SerialInterfaceSetDtrRequest): void {
    this.#dtr = value;
  }

  /** Sets RTS. */
  setRts({ value }: SerialInterfaceSetRtsRequest): void {
    this.#rts = value;
  }

  /** Reads the modem lines. */
  getModemLines(): MessageInitShape<typeof ModemLinesSchema> {
    const dtr = this.#dtr;
    const rts = this.#rts;
    return { dtr, rts, cts: rts, dsr: dtr, ri: false, cd: true };
  }

  /** Remembers a baud rate. */
  setBaudrate({ baudrate }: SerialInterfaceSetBaudrateRequest): { baudrate: number } {
    this.#baudRate = baudrate;
    return { baudrate };
  }

  /** Counts. */
  statistics(): MessageInitShape<typeof SerialStatisticsSchema> {
    return {
      open: true,
      opened: 1,
      baudrate: this.#baudRate,
      streams: this.#streams.size,
      bytesReceived: BigInt(this.#bytes),
      bytesSent: BigInt(this.#bytes),
    };
  }

  /** Ends all streams. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }
}
