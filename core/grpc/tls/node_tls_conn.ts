import type { Buffer } from "node:buffer";
import type { TLSSocket } from "node:tls";
import type { ByteConn } from "../../http2/mod.ts";

/** Octets that may wait for a reader before the socket is told to stop. */
const READ_HIGH_WATER = 512 * 1024;

/** A socket of `node:tls` as a {@linkcode ByteConn}, with back-pressure both ways. */
export class NodeTlsConn implements ByteConn {
  readonly #socket: TLSSocket;
  /** What arrived and was not read. */
  #chunks: Uint8Array[] = [];
  #waiting = 0;
  #paused = false;
  #ended = false;
  #error: Error | null = null;
  #reader: { target: Uint8Array; resolve(n: number | null): void; reject(e: Error): void } | null =
    null;

  /** Takes over a socket whose handshake is complete. */
  constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#onData(chunk));
    socket.on("end", () => this.#onEnd(null));
    socket.on("error", (error: Error) => this.#onEnd(error));
    socket.on("close", () => this.#onEnd(null));
  }

  read(target: Uint8Array): Promise<number | null> {
    if (this.#reader !== null) return Promise.reject(new Error("Cannot read: a read is pending"));
    if (this.#waiting > 0) return Promise.resolve(this.#take(target));
    if (this.#error !== null) return Promise.reject(this.#error);
    if (this.#ended) return Promise.resolve(null);
    return new Promise((resolve, reject) => this.#reader = { target, resolve, reject });
  }

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#error !== null) return reject(this.#error);
      // The callback comes when the socket has let go of the bytes: so nothing is copied here.
      this.#socket.write(
        bytes,
        (error) => error ? reject(this.#error ?? error) : resolve(bytes.length),
      );
    });
  }

  close(): void {
    this.#socket.destroy();
    this.#onEnd(new Deno.errors.BadResource("Cannot use TLS connection: it is closed"));
  }

  #onData(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#waiting += chunk.length;
    const reader = this.#reader;
    if (reader !== null) {
      this.#reader = null;
      reader.resolve(this.#take(reader.target));
    }
    if (this.#waiting >= READ_HIGH_WATER && !this.#paused) {
      this.#paused = true;
      this.#socket.pause();
    }
  }

  #take(target: Uint8Array): number {
    let taken = 0;
    while (this.#chunks.length > 0 && taken < target.length) {
      const chunk = this.#chunks[0];
      const room = target.length - taken;
      if (chunk.length <= room) {
        target.set(chunk, taken);
        taken += chunk.length;
        this.#chunks.shift();
      } else {
        target.set(chunk.subarray(0, room), taken);
        taken += room;
        this.#chunks[0] = chunk.subarray(room);
      }
    }
    this.#waiting -= taken;
    if (this.#paused && this.#waiting <= READ_HIGH_WATER / 2) {
      this.#paused = false;
      this.#socket.resume();
    }
    return taken;
  }

  #onEnd(error: Error | null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    const reader = this.#reader;
    this.#reader = null;
    if (error !== null) reader?.reject(error);
    else reader?.resolve(null);
  }
}
