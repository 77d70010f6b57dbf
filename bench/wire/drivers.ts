import { byteConnFromDuplex } from "@jumpstarter/core/http2";
import type { GrpcServer } from "@jumpstarter/core/grpc";
import type { Duplex } from "@jumpstarter/core/stream";
import { DONE, PIECE, SinkJobs, SourceJobs } from "../worker/byte_jobs.ts";

/** What a stream method does with the bytes; the call ends when it resolves. */
export type StreamDriver = (duplex: Duplex, server: GrpcServer) => Promise<unknown>;

/** The stream methods of our bench server, the same as upstream's bench drivers. */
export const STREAM_DRIVERS: Readonly<Record<string, StreamDriver>> = {
  connect: echo,
  sink,
  source,
  mute,
  tunnel: ({ readable, writable }, server) =>
    server.handle(byteConnFromDuplex({ readable, writable })).closed,
};

async function echo({ readable, writable }: Duplex): Promise<void> {
  const writer = writable.getWriter();
  for await (const chunk of readable) await writer.write(chunk);
  await writer.close();
}

async function sink({ readable, writable }: Duplex): Promise<void> {
  const jobs = new SinkJobs();
  const writer = writable.getWriter();
  for await (const chunk of readable) {
    for (let finished = jobs.feed(chunk); finished > 0; finished--) await writer.write(DONE);
  }
  await writer.close();
}

async function source({ readable, writable }: Duplex): Promise<void> {
  const jobs = new SourceJobs();
  const writer = writable.getWriter();
  for await (const chunk of readable) {
    for (const length of jobs.feed(chunk)) {
      for (let left = length; left > 0; left -= PIECE.length) {
        await writer.write(left < PIECE.length ? PIECE.subarray(0, left) : PIECE);
      }
    }
  }
  await writer.close();
}

/** Never reads; ends with the call. */
async function mute({ writable }: Duplex): Promise<void> {
  await writable.getWriter().closed;
}
