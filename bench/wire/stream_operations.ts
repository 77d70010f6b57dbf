import { type Duplex, duplexFromConn, pump } from "@jumpstarter/core/stream";
import type { Figures } from "../harness/measurement.ts";
import { jobHeader } from "../worker/byte_jobs.ts";
import type { Operations } from "../worker/command_loop.ts";
import {
  downloadUntil,
  measureEcho,
  measureTransfer,
  OpenStream,
  pingBeside,
  pushUntilStalled,
  uploadUntil,
} from "../worker/duplex_measures.ts";
import { sampleLatency } from "../worker/timing.ts";

/** Opens a stream method of the bench driver. */
type Open = (method: string) => Duplex;

/** The byte-stream operations, on WHATWG streams: what a person's code sees. */
export function streamOperations(open: Open): Operations {
  const on = async (
    method: string,
    measure: (stream: OpenStream) => Promise<Figures>,
  ): Promise<Figures> => {
    const stream = new OpenStream(open(method));
    const figures = await measure(stream);
    await stream.close();
    return figures;
  };
  const beside = (method: string, move: typeof uploadUntil, seconds: number): Promise<Figures> =>
    on("connect", (stream) => on(method, (bulk) => pingBeside(stream, move, bulk, seconds)));

  return {
    ping: ({ seconds }) => on("connect", (stream) => sampleLatency(seconds, () => stream.ping())),
    echo: ({ seconds }) => on("connect", (stream) => measureEcho(stream, seconds)),
    upload: ({ seconds }) => on("sink", (stream) => measureTransfer(uploadUntil, stream, seconds)),
    download: ({ seconds }) =>
      on("source", (stream) => measureTransfer(downloadUntil, stream, seconds)),
    open_close: ({ seconds }) =>
      sampleLatency(seconds, async () => {
        const stream = new OpenStream(open("connect"));
        await stream.ping();
        await stream.close();
      }),
    ping_beside_upload: ({ seconds }) => beside("sink", uploadUntil, seconds),
    ping_beside_download: ({ seconds }) => beside("source", downloadUntil, seconds),
    ...stallingOperations(open),
  };
}

/** Operations that leave their streams open: the process ends after them. */
function stallingOperations(open: Open): Operations {
  const left: unknown[] = [];
  return {
    idle_streams: async ({ count }) => {
      for (let opened = 0; opened < count; opened++) {
        const stream = new OpenStream(open("connect"));
        await stream.ping();
        left.push(stream);
      }
      return {};
    },
    stalled_upload: ({ limit_mib, quiet_seconds }) => {
      const stream = new OpenStream(open("mute"));
      left.push(stream);
      return pushUntilStalled(
        (bytes) => stream.write(bytes),
        limit_mib * 2 ** 20,
        quiet_seconds * 1000,
      );
    },
    stalled_download: async ({ limit_mib, quiet_seconds }) => {
      const stream = new OpenStream(open("source"));
      left.push(stream);
      await stream.write(jobHeader(limit_mib * 2 ** 20));
      await new Promise((resolve) => setTimeout(resolve, 2 * quiet_seconds * 1000));
      return {};
    },
    stalled_forward: async ({ limit_mib, quiet_seconds }) => {
      const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const [program, forwarded] = await Promise.all([
        Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
        listener.accept(),
      ]);
      left.push(pump(duplexFromConn(forwarded), open("mute")));
      return await pushUntilStalled(
        (bytes) => writeAll(program, bytes),
        limit_mib * 2 ** 20,
        quiet_seconds * 1000,
      );
    },
  };
}

async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
}
