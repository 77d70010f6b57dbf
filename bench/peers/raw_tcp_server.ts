import { serveOperations } from "../worker/command_loop.ts";
import { DONE, PIECE, SinkJobs, SourceJobs } from "../worker/byte_jobs.ts";
import { RawTcpMode, READ_BYTES, writeAll } from "./raw_tcp.ts";

/** Raw TCP in Deno, the yardstick: the first byte of a connection chooses what it does. */
const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });

async function acceptAll(): Promise<void> {
  for await (const conn of listener) {
    conn.setNoDelay(true);
    void serve(conn).catch(() => {}).finally(() => conn.close());
  }
}

async function serve(conn: Deno.TcpConn): Promise<void> {
  const mode = new Uint8Array(1);
  if (await conn.read(mode) === null) return;
  switch (mode[0]) {
    case RawTcpMode.ECHO:
      return await echo(conn);
    case RawTcpMode.SINK:
      return await sink(conn);
    case RawTcpMode.SOURCE:
      return await source(conn);
  }
}

async function echo(conn: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(READ_BYTES);
  for (let n = await conn.read(buffer); n !== null; n = await conn.read(buffer)) {
    await writeAll(conn, buffer.subarray(0, n));
  }
}

async function sink(conn: Deno.TcpConn): Promise<void> {
  const jobs = new SinkJobs();
  const buffer = new Uint8Array(READ_BYTES);
  for (let n = await conn.read(buffer); n !== null; n = await conn.read(buffer)) {
    for (let done = jobs.feed(buffer.subarray(0, n)); done > 0; done--) await writeAll(conn, DONE);
  }
}

async function source(conn: Deno.TcpConn): Promise<void> {
  const jobs = new SourceJobs();
  const buffer = new Uint8Array(READ_BYTES);
  for (let n = await conn.read(buffer); n !== null; n = await conn.read(buffer)) {
    for (const length of jobs.feed(buffer.subarray(0, n))) {
      for (let left = length; left > 0; left -= PIECE.length) {
        await writeAll(conn, left < PIECE.length ? PIECE.subarray(0, left) : PIECE);
      }
    }
  }
}

void acceptAll();
await serveOperations({}, `127.0.0.1:${listener.addr.port}`);
