import type { Duplex } from "../stream/mod.ts";
import type { ByteConn } from "./byte_conn.ts";

/** A {@linkcode ByteConn} over a pair of streams: HTTP/2 on anything that carries bytes. */
export function byteConnFromDuplex(duplex: Duplex): ByteConn {
  const reader = duplex.readable.getReader();
  const writer = duplex.writable.getWriter();
  writer.closed.catch(() => {});
  reader.closed.catch(() => {});
  let rest: Uint8Array = new Uint8Array(0);
  let writing = false;
  return {
    async read(p: Uint8Array): Promise<number | null> {
      while (rest.length === 0) {
        const { done, value } = await reader.read();
        if (done) return null;
        rest = value;
      }
      const count = Math.min(p.length, rest.length);
      p.set(rest.subarray(0, count));
      rest = rest.subarray(count);
      return count;
    },
    async write(p: Uint8Array): Promise<number> {
      writing = true;
      await writer.ready;
      // The caller uses its buffer again once this resolves, while a stream may still hold on to the chunk.
      await writer.write(p.slice());
      writing = false;
      return p.length;
    },
    close(): void {
      const reason = new Error("Connection was closed by this end");
      reader.cancel(reason).catch(() => {});
      // A write that is under way would keep an orderly close waiting for a reader that may never come.
      (writing ? writer.abort(reason) : writer.close()).catch(() => {});
    },
  };
}
