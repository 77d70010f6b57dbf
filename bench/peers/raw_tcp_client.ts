import type { Figures } from "../harness/measurement.ts";
import { JOB_BYTES, jobHeader, JOBS_AHEAD, PIECE, PIECE_BYTES } from "../worker/byte_jobs.ts";
import { serveOperations } from "../worker/command_loop.ts";
import { mebibytesPerSecond, sampleLatency } from "../worker/timing.ts";
import { RawTcpMode, READ_BYTES, writeAll } from "./raw_tcp.ts";

const [hostname, port] = Deno.args[0].split(":");

async function open(mode: number): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ hostname, port: Number(port) });
  conn.setNoDelay(true);
  await writeAll(conn, new Uint8Array([mode]));
  return conn;
}

async function ping(seconds: number): Promise<Figures> {
  using conn = await open(RawTcpMode.ECHO);
  const byte = new Uint8Array(1);
  return await sampleLatency(seconds, async () => {
    await conn.write(byte);
    await conn.read(byte);
  });
}

async function echo(seconds: number): Promise<Figures> {
  using conn = await open(RawTcpMode.ECHO);
  const start = performance.now();
  let sent = 0;
  const send = async (): Promise<void> => {
    for (const end = start + seconds * 1000; performance.now() < end; sent += PIECE_BYTES) {
      await writeAll(conn, PIECE);
    }
    await conn.closeWrite();
  };
  const [, received] = await Promise.all([send(), readToEnd(conn)]);
  if (received !== sent) throw new Error(`${sent} bytes went out, ${received} came back`);
  return { mib_s: mebibytesPerSecond(sent, start) };
}

async function readToEnd(conn: Deno.Conn): Promise<number> {
  const buffer = new Uint8Array(READ_BYTES);
  let received = 0;
  for (let n = await conn.read(buffer); n !== null; n = await conn.read(buffer)) received += n;
  return received;
}

async function upload(seconds: number): Promise<Figures> {
  using conn = await open(RawTcpMode.SINK);
  const start = performance.now();
  let jobs = 0;
  for (const end = start + seconds * 1000; performance.now() < end; jobs++) {
    await writeAll(conn, jobHeader(JOB_BYTES));
    for (let sent = 0; sent < JOB_BYTES; sent += PIECE_BYTES) await writeAll(conn, PIECE);
  }
  const buffer = new Uint8Array(READ_BYTES);
  for (let done = 0; done < jobs;) done += await conn.read(buffer) ?? Infinity;
  return { mib_s: mebibytesPerSecond(jobs * JOB_BYTES, start) };
}

async function download(seconds: number): Promise<Figures> {
  using conn = await open(RawTcpMode.SOURCE);
  const buffer = new Uint8Array(READ_BYTES);
  const start = performance.now();
  const end = start + seconds * 1000;
  let wanted = 0;
  const ask = async (): Promise<void> => {
    await writeAll(conn, jobHeader(JOB_BYTES));
    wanted += JOB_BYTES;
  };
  for (let ahead = 0; ahead < JOBS_AHEAD; ahead++) await ask();
  let received = 0;
  while (received < wanted) {
    const n = await conn.read(buffer);
    if (n === null) throw new Error("the source ended early");
    received += n;
    if (wanted - received <= (JOBS_AHEAD - 1) * JOB_BYTES && performance.now() < end) await ask();
  }
  return { mib_s: mebibytesPerSecond(received, start) };
}

await serveOperations({
  ping: ({ seconds }) => ping(seconds),
  echo: ({ seconds }) => echo(seconds),
  upload: ({ seconds }) => upload(seconds),
  download: ({ seconds }) => download(seconds),
});
