import { Code, ConnectError } from "@connectrpc/connect";
import { ProgressMeter } from "../stream/mod.ts";
import type { Connection } from "./connection.ts";
import { DeviceError } from "./device_error.ts";
import type { TransferOptions } from "./driver_node.ts";
import { openResource } from "./resource_stream.ts";

/** How long the bytes may pause after the call has returned, before the transfer is given up on, in ms (ours). */
const PAUSE_MS = 30_000;

/**
 * Takes what a driver writes for as long as `use` runs, and until the last byte has come: the call may return before.
 *
 * @throws what `use` throws, what the sink or the transfer failed with
 */
export async function download<T>(
  connection: Connection,
  uuid: string,
  sink: WritableStream<Uint8Array>,
  use: (handle: string, signal: AbortSignal) => Promise<T>,
  options: TransferOptions = {},
): Promise<T> {
  const over = new AbortController();
  const failed = new AbortController();
  const signals = [over.signal, ...options.signal === undefined ? [] : [options.signal]];
  const signal = AbortSignal.any(signals);
  const writer = sink.getWriter();
  writer.closed.catch(() => {});
  try {
    signal.throwIfAborted();
    const resource = await openResource(connection, uuid, options.encoding, signal);
    resource.stream.writable.close().catch(() => {}); // Nothing goes that way.
    const transfer = new Transfer(resource.stream.readable, writer, options);
    const received = transfer.run();
    received.catch((error) => failed.abort(error));
    const result = await use(resource.handle, AbortSignal.any([signal, failed.signal]));
    await transfer.finish(received);
    await writer.close();
    return result;
  } catch (error) {
    const reason = failed.signal.aborted && !isOwnFailure(error) ? failed.signal.reason : error;
    writer.abort(reason).catch(() => {});
    throw reason;
  } finally {
    over.abort();
  }
}

/** Whether the driver itself says what went wrong: more worth knowing than that its stream ended. */
function isOwnFailure(error: unknown): boolean {
  return error instanceof DeviceError && error.code !== Code.Canceled;
}

class Transfer {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #meter: ProgressMeter | undefined;
  #bytes = 0;

  constructor(
    readable: ReadableStream<Uint8Array>,
    writer: WritableStreamDefaultWriter<Uint8Array>,
    { onProgress, size }: TransferOptions,
  ) {
    this.#reader = readable.getReader();
    this.#writer = writer;
    this.#meter = onProgress && new ProgressMeter({ onProgress, total: size });
  }

  async run(): Promise<void> {
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (done) return this.#meter?.finish();
      // One chunk is written while the next one comes. `ready` rejects when the sink has failed.
      if (!(this.#writer.desiredSize! > 0)) await this.#writer.ready;
      this.#writer.write(value).catch(() => {});
      this.#bytes += value.byteLength;
      this.#meter?.add(value.byteLength);
    }
  }

  /** Waits for the end, as long as bytes keep coming. */
  async finish(received: Promise<void>): Promise<void> {
    const late = Promise.withResolvers<never>();
    let seen = this.#bytes;
    const timer = setInterval(() => {
      if (seen === this.#bytes) {
        late.reject(
          new ConnectError(
            `Cannot finish download: no byte and no end came for ${PAUSE_MS / 1000} s`,
            Code.DeadlineExceeded,
          ),
        );
      }
      seen = this.#bytes;
    }, PAUSE_MS);
    try {
      await Promise.race([received, late.promise]);
    } finally {
      clearInterval(timer);
    }
  }
}
