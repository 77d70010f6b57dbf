import { ProgressMeter } from "../stream/mod.ts";
import type { Connection } from "./connection.ts";
import type { TransferOptions } from "./driver_node.ts";
import { openResource } from "./resource_stream.ts";
import { settled } from "./settled.ts";

/** How long a call may go on after its upload has failed, in ms: it has lost its stream and should fail by itself. */
const FAILED_CALL_MS = 5_000;

/**
 * Offers `source` to a driver for as long as `use` runs. What the driver does not read is cancelled.
 *
 * @throws what `use` throws, or what the source failed with
 */
export async function upload<T>(
  connection: Connection,
  uuid: string,
  source: ReadableStream<Uint8Array>,
  use: (handle: string, signal: AbortSignal) => Promise<T>,
  options: TransferOptions = {},
): Promise<T> {
  const over = new AbortController();
  const failed = new AbortController();
  const signals = [over.signal, ...options.signal === undefined ? [] : [options.signal]];
  const signal = AbortSignal.any(signals);
  const reader = source.getReader();
  try {
    signal.throwIfAborted();
    const resource = await openResource(connection, uuid, options.encoding, signal);
    const { readable, writable } = resource.stream;
    void drain(readable);
    let sourceFailure: { error: unknown } | undefined;
    const sent = send(reader, writable, options).catch((failure: SendFailure) => {
      // A driver that has enough ends its side: that is no failure. One that failed says so itself.
      if (failure.side === "source") sourceFailure = { error: failure.error };
      if (failure.side === "source") failed.abort(failure.error);
    });
    const call = use(resource.handle, AbortSignal.any([signal, failed.signal]));
    await Promise.race([call.catch(() => {}), sent]);
    if (sourceFailure !== undefined) {
      await settled(call, FAILED_CALL_MS);
      throw sourceFailure.error;
    }
    return await call;
  } finally {
    over.abort();
    reader.cancel().catch(() => {});
  }
}

/** Which side of a transfer failed. */
interface SendFailure {
  readonly side: "source" | "exporter";
  readonly error: unknown;
}

async function send(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  writable: WritableStream<Uint8Array>,
  { onProgress, size }: TransferOptions,
): Promise<void> {
  const writer = writable.getWriter();
  writer.closed.catch(() => {});
  const meter = onProgress && new ProgressMeter({ onProgress, total: size });
  for (;;) {
    let result: ReadableStreamReadResult<Uint8Array>;
    try {
      result = await reader.read();
    } catch (error) {
      // Without the end mark: the driver must not take this for the whole file.
      writer.abort(error).catch(() => {});
      throw { side: "source", error } satisfies SendFailure;
    }
    try {
      if (result.done) {
        await writer.close();
        meter?.finish();
        return;
      }
      // One chunk is sent while the next one is read. `ready` rejects when the exporter has ended the stream.
      if (!(writer.desiredSize! > 0)) await writer.ready;
      writer.write(result.value).catch(() => {});
      meter?.add(result.value.byteLength);
    } catch (error) {
      throw { side: "exporter", error } satisfies SendFailure;
    }
  }
}

async function drain(readable: ReadableStream<Uint8Array>): Promise<void> {
  const reader = readable.getReader();
  try {
    while (!(await reader.read()).done);
  } catch {
    // The sender hears of it too.
  }
}
