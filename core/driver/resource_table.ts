import { Code, ConnectError } from "@connectrpc/connect";
import { compressor, decompressor, type Duplex, isEncoding } from "../stream/mod.ts";
import type { Resource } from "./resource.ts";
import type { ClientStreamHandle } from "./resource_handle.ts";

interface Offer {
  readonly driver: string;
  readonly stream: Duplex;
  readonly release: () => void;
}

/** The streams that clients opened for calls to come, by identity. Each is good for one driver and for one use. */
export class ResourceTable {
  readonly #offers = new Map<string, Offer>();

  /** How many wait for their call. */
  get size(): number {
    return this.#offers.size;
  }

  /**
   * Keeps a stream for a call of the driver `driver`.
   *
   * @param stream the exporter's end
   * @param signal aborted when the client is gone: the offer ends with it
   * @returns the identity, and a promise that the stream is done with
   */
  offer(
    driver: string,
    stream: Duplex,
    signal: AbortSignal,
  ): { uuid: string; released: Promise<void> } {
    const uuid = crypto.randomUUID();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const withdraw = (): void => {
      this.#offers.delete(uuid);
      release();
    };
    this.#offers.set(uuid, { driver, stream, release });
    signal.addEventListener("abort", withdraw, { once: true });
    return { uuid, released };
  }

  /**
   * Takes a stream for a call of the driver `driver`.
   *
   * @throws {ConnectError} UNKNOWN if there is none, as upstream has it
   */
  take(handle: ClientStreamHandle, driver: string): Resource {
    const offer = this.#offers.get(handle.uuid);
    if (offer === undefined || offer.driver !== driver) {
      throw new ConnectError(`UUID('${handle.uuid}')`, Code.Unknown);
    }
    this.#offers.delete(handle.uuid);
    return new ClientStream(offer, handle.x_jmp_content_encoding ?? null);
  }

  /** Gives back a stream that no call opened. No effect if one did. */
  async drop(uuid: string): Promise<void> {
    const offer = this.#offers.get(uuid);
    if (offer === undefined) return;
    this.#offers.delete(uuid);
    await new ClientStream(offer, null)[Symbol.asyncDispose]();
  }
}

/** A client's stream in a driver's hands. */
class ClientStream implements Resource {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly size = undefined;
  readonly #offer: Offer;

  constructor(offer: Offer, encoding: string | null) {
    this.#offer = offer;
    const { readable, writable } = offer.stream;
    if (encoding === null) {
      this.readable = readable;
      this.writable = writable;
      return;
    }
    if (!isEncoding(encoding)) {
      throw new ConnectError(
        `Cannot open resource: encoding must be gzip, xz, bz2 or zstd: current value is '${encoding}'`,
        Code.InvalidArgument,
      );
    }
    this.readable = lazily(() => readable.pipeThrough(decompressor(encoding)));
    this.writable = compressedInto(writable, () => compressor(encoding));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { readable, writable } = this.#offer.stream;
    // What was not closed is closed now: the client waits for the end. What was not read is thrown away.
    if (!this.writable.locked) await this.writable.close().catch(() => {});
    if (!writable.locked) await writable.close().catch(() => {});
    if (!this.readable.locked) await this.readable.cancel().catch(() => {});
    if (!readable.locked) await readable.cancel().catch(() => {});
    this.#offer.release();
  }
}

/** A stream that is opened when somebody reads. */
function lazily(open: () => ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  return new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      reader ??= open().getReader();
      const { value, done } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel(reason): Promise<void> {
      await reader?.cancel(reason);
    },
  }, { highWaterMark: 0 });
}

/** Compresses into `sink`; `close()` waits until all has arrived there. Nothing is written where nothing came. */
function compressedInto(
  sink: WritableStream<Uint8Array>,
  open: () => ReadableWritablePair<Uint8Array, Uint8Array>,
): WritableStream<Uint8Array> {
  let writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
  let piped: Promise<void> | undefined;
  const start = (): WritableStreamDefaultWriter<Uint8Array> => {
    if (writer !== undefined) return writer;
    const { readable, writable } = open();
    piped = readable.pipeTo(sink);
    piped.catch(() => {});
    return writer = writable.getWriter();
  };
  return new WritableStream<Uint8Array>({
    write: (chunk) => start().write(chunk),
    async close(): Promise<void> {
      if (writer === undefined) return;
      await writer.close();
      await piped;
    },
    async abort(reason): Promise<void> {
      if (writer !== undefined) await writer.abort(reason);
      else await sink.abort(reason);
    },
  });
}
