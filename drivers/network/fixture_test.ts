/** What the tests of this folder share. */
import type { ByteStream } from "@jumpstarter/core/client";
import type { DriverCall } from "@jumpstarter/core/driver";
import { Logger } from "@jumpstarter/core/driver";
import type { Duplex } from "@jumpstarter/core/stream";
import type { StreamOpener } from "./stream_opener.ts";

/** A driver with byte streams. */
export interface Connectable {
  connect(call: DriverCall): Duplex | Promise<Duplex>;
}

/** A call that nobody gives up, unless by `signal`. */
export function callOf(signal: AbortSignal = new AbortController().signal): DriverCall {
  return {
    signal,
    log: new Logger("test", () => {}),
    resource: () => Promise.reject(new Error("no resources here")),
  };
}

/** A driver in this process as port forwards see one at the other end of a connection. */
export function directDevice(driver: Connectable): StreamOpener {
  return {
    async stream(_method, options = {}): Promise<ByteStream> {
      const duplex = await driver.connect(callOf(options.signal));
      return {
        ...duplex,
        readable: duplex.readable,
        writable: duplex.writable,
        async [Symbol.asyncDispose](): Promise<void> {
          if (!duplex.writable.locked) await duplex.writable.abort().catch(() => {});
          if (!duplex.readable.locked) await duplex.readable.cancel().catch(() => {});
        },
      };
    },
  };
}

/** A TCP server on a free port; each connection is handled on its own. */
export function tcpServer(handle: (conn: Deno.TcpConn) => Promise<void>): AsyncDisposable & {
  port: number;
} {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const under = new Set<Promise<void>>();
  const serving = (async () => {
    for await (const conn of listener) {
      const done = handle(conn).catch(() => {}).finally(() => {
        under.delete(done);
        try {
          conn.close();
        } catch {
          // The handler did.
        }
      });
      under.add(done);
    }
  })();
  return {
    port: listener.addr.port,
    async [Symbol.asyncDispose](): Promise<void> {
      listener.close();
      await serving;
      await Promise.all(under);
    },
  };
}

/** Sends back what comes, and its end. */
export async function echo(conn: Deno.Conn): Promise<void> {
  const room = new Uint8Array(65536);
  for (let count = await conn.read(room); count !== null; count = await conn.read(room)) {
    for (let at = 0; at < count;) at += await conn.write(room.subarray(at, count));
  }
  await conn.closeWrite();
}

/** Everything that comes until the end. */
export async function readAll(readable: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(
    await new Response(readable as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer(),
  );
}

/** Writes all, ends that direction, and reads to the end. */
export async function exchange(duplex: Duplex, data: Uint8Array): Promise<Uint8Array> {
  const writer = duplex.writable.getWriter();
  const sending = (async () => {
    for (let at = 0; at < data.length; at += 60_000) {
      await writer.write(data.subarray(at, at + 60_000));
    }
    await writer.close();
  })();
  const [received] = await Promise.all([readAll(duplex.readable), sending]);
  return received;
}

/** As {@linkcode exchange} on a socket of its own. */
export async function exchangeConn(conn: Deno.Conn, data: Uint8Array): Promise<Uint8Array> {
  const sending = (async () => {
    for (let at = 0; at < data.length;) at += await conn.write(data.subarray(at));
    await conn.closeWrite();
  })();
  const chunks: Uint8Array[] = [];
  const room = new Uint8Array(65536);
  for (let count = await conn.read(room); count !== null; count = await conn.read(room)) {
    chunks.push(room.slice(0, count));
  }
  await sending;
  conn.close();
  return new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}

/** So many bytes, none like the other. */
export function noise(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65536) {
    crypto.getRandomValues(bytes.subarray(at, Math.min(at + 65536, length)));
  }
  return bytes;
}

/** Writes until nothing is taken for half a second, or 256 MiB were. The last write is left under way. */
export async function writeUntilStalled(conn: Deno.Conn): Promise<number> {
  const block = noise(1 << 20);
  let written = 0;
  while (written < 256 << 20) {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<undefined>((resolve) =>
      timer = setTimeout(() => resolve(undefined), 500)
    );
    const writing = conn.write(block);
    const count = await Promise.race([writing, late]);
    clearTimeout(timer);
    if (count === undefined) {
      writing.catch(() => {});
      break;
    }
    written += count;
  }
  return written;
}
