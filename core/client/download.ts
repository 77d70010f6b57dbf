import { Code, ConnectError } from "@connectrpc/connect";
import { ProgressMeter } from "../stream/mod.ts";
import type { Connection } from "./connection.ts";
import type { TransferOptions } from "./driver_node.ts";
import { openResource } from "./resource_stream.ts";
import { settled } from "./settled.ts";

/** How long the bytes may pause after the call has returned, before the transfer is given up on, in ms (ours). */
const PAUSE_MS = 30_000;

/** How long a call may go on after its download has failed, in ms: it has lost its stream and should fail by itself. */
const FAILED_CALL_MS = 5_000;

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
  const signals = [over.signal, failed.signal];
  if (options.signal !== undefined) signals.push(options.signal);
  const signal = AbortSignal.any(signals);
  const writer = sink.getWriter();
  writer.closed.catch(() => {});
  try {
    signal.throwIfAborted();
    const resource = await openResource(connection, uuid, options.encoding, signal);
    resource.stream.writable.close().catch(() => {}); // Nothing goes that way.
    const transfer = new Transfer(resource.stream.readable, writer, options);
    const received = transfer.run();
    // A sink that takes no more ends the stream, and with it the call.
    received.catch((error) => failed.abort(error));
    const call = use(resource.handle, signal);
    await Promise.race([call.catch(() => {}), received]).catch(() => {});
    if (failed.signal.aborted) {
      const said = await settled(call, FAILED_CALL_MS);
      // Of a stream that the exporter has ended, the call knows why.
      if (said && !transfer.sinkFailed) await call;
      throw failed.signal.reason;
    }
    const result = await call;
    await transfer.finish(received);
    await writer.close();
    return result;
  } catch (error) {
    writer.abort(error).catch(() => {});
    throw error;
  } finally {
    over.abort();
  }
}

class Transfer {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #meter: ProgressMeter | undefined;
  #bytes = 0;
  #sinkFailed = false;

  constructor(
    readable: ReadableStream<Uint8Array>,
    writer: WritableStreamDefaultWriter<Uint8Array>,
    { onProgress, size }: TransferOptions,
  ) {
    this.#reader = readable.getReader();
    this.#writer = writer;
    this.#meter = onProgress && new ProgressMeter({ onProgress, total: size });
  }

  /** Whether it was the sink that failed, and not the exporter. */
  get sinkFailed(): boolean {
    return this.#sinkFailed;
  }

  async run(): Promise<void> {
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (done) return this.#meter?.finish();
      // One chunk is written while the next one comes. `ready` rejects when the sink has failed.
      if (!(this.#writer.desiredSize! > 0)) await this.#sinkReady();
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
      if (seen === this.#bytes) late.reject(noEnd());
      seen = this.#bytes;
    }, PAUSE_MS);
    try {
      await Promise.race([received, late.promise]);
    } finally {
      clearInterval(timer);
    }
  }

  async #sinkReady(): Promise<void> {
    try {
      await this.#writer.ready;
    } catch (error) {
      this.#sinkFailed = true;
      throw error;
    }
  }
}

function noEnd(): ConnectError {
  return new ConnectError(
    `Cannot finish download: no byte and no end came for ${PAUSE_MS / 1000} s`,
    Code.DeadlineExceeded,
  );
}
