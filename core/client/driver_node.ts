import type { DescService, JsonValue } from "@bufbuild/protobuf";
import type { Duplex, Encoding, Progress } from "../stream/mod.ts";
import type { TypedDriver } from "./driver_client.ts";

/** Options of a call. */
export interface CallOptions {
  /** Cancels the call, on the exporter too. */
  signal?: AbortSignal;
  /** Time for the whole call, in ms; none unless told. */
  timeoutMs?: number;
}

/** A byte stream to a device. Disposing it ends both directions at once, and the call that carries them. */
export interface ByteStream extends Duplex, AsyncDisposable {}

/** Options of a file transfer. */
export interface TransferOptions {
  /** How the file is compressed at this end: the driver sees what is in it. Not at all unless told. */
  encoding?: Encoding;
  /** Bytes in all, where known: for progress only. */
  size?: number;
  /** Called as the transfer goes on, at most every 100 ms, and once at its end. */
  onProgress?: (progress: Progress) => void;
  /** Ends the transfer. */
  signal?: AbortSignal;
}

/** One driver of an exporter, as its client sees it. */
export interface DriverNode {
  /** The driver's identity as long as the exporter's session lives. */
  readonly uuid: string;
  /** Its name among its siblings; empty for the root. */
  readonly name: string;
  /** Where it stands in the tree: `dut.power`; empty for the root. */
  readonly path: string;
  /** All that its report says about it. */
  readonly labels: Readonly<Record<string, string>>;
  /** What it is for, from the exporter's file. */
  readonly description: string | undefined;
  /** Help for its methods, from the exporter's file. */
  readonly methodsDescription: Readonly<Record<string, string>>;
  /** The drivers below it, in the order of the exporter's file. */
  readonly children: ReadonlyMap<string, DriverNode>;
  /** The class path of upstream's client for it: `jumpstarter_driver_power.client.PowerClient`. */
  readonly clientClass: string;
  /** Full names of the services that its exporter serves natively; none on upstream's exporters. */
  readonly interfaces: readonly string[];

  /**
   * Calls a method by name, as upstream's clients do.
   *
   * @param method `snake_case`
   * @param args positional; numbers are doubles on the wire
   * @throws {ConnectError} NOT_FOUND if there is no such method, otherwise what the driver says
   */
  call(method: string, args?: readonly JsonValue[], options?: CallOptions): Promise<JsonValue>;
  /** Calls a method that gives one value after the other. Leaving the loop cancels the call. */
  callStreaming(
    method: string,
    args?: readonly JsonValue[],
    options?: CallOptions,
  ): AsyncIterable<JsonValue>;
  /**
   * Opens a byte stream to the device. A half-close ends one direction; the call ends with the second.
   *
   * @param method `connect` unless told
   * @param options `signal` ends the stream at any time
   */
  stream(method?: string, options?: { signal?: AbortSignal }): Promise<ByteStream>;
  /**
   * Offers bytes to the driver for as long as a call runs.
   *
   * @param source what the driver reads; cancelled if it is not read to its end
   * @param use makes the call with the handle: the text of a field with `resource_handle`; `JSON.parse` it for calls by name.
   * Its signal is aborted when the transfer has failed, and with it the call should be
   * @returns what `use` returns
   */
  withUpload<T>(
    source: ReadableStream<Uint8Array>,
    use: (handle: string, signal: AbortSignal) => Promise<T>,
    options?: TransferOptions,
  ): Promise<T>;
  /**
   * Takes bytes from the driver for as long as a call runs, and until the last has come.
   *
   * @param sink what the driver writes to; closed at the end, aborted if the call or the transfer fails
   * @param use makes the call with the handle
   * @returns what `use` returns
   */
  withDownload<T>(
    sink: WritableStream<Uint8Array>,
    use: (handle: string, signal: AbortSignal) => Promise<T>,
    options?: TransferOptions,
  ): Promise<T>;
  /** The methods of an interface: native where the exporter serves it, by name otherwise. */
  typed<S extends DescService>(service: S): TypedDriver<S>;
}
