import type { GrpcServer, RawCall } from "@jumpstarter/core/grpc";
import { DONE, PIECE, SinkJobs, SourceJobs } from "../worker/byte_jobs.ts";

/** Service of methods whose messages are plain bytes, as `peers/grpcio_server.py` offers them. */
export const BYTES_SERVICE = "/bench.Bytes";
/** What comes before a message's own bytes: nothing. */
const NO_HEAD = new Uint8Array(0);

/** Adds the methods Unary, Echo, Sink and Source. */
export function addByteMethods(server: GrpcServer): void {
  server.addRaw(`${BYTES_SERVICE}/Unary`, unary);
  server.addRaw(`${BYTES_SERVICE}/Echo`, echo);
  server.addRaw(`${BYTES_SERVICE}/Sink`, sink);
  server.addRaw(`${BYTES_SERVICE}/Source`, source);
}

async function unary(call: RawCall): Promise<void> {
  call.send(NO_HEAD, await call.receive());
}

async function echo(call: RawCall): Promise<void> {
  for (let message = await call.receive(); message !== null; message = await call.receive()) {
    await call.send(NO_HEAD, message);
  }
}

async function sink(call: RawCall): Promise<void> {
  const jobs = new SinkJobs();
  for (let message = await call.receive(); message !== null; message = await call.receive()) {
    for (let finished = jobs.feed(message); finished > 0; finished--) {
      await call.send(NO_HEAD, DONE);
    }
  }
}

async function source(call: RawCall): Promise<void> {
  const jobs = new SourceJobs();
  for (let message = await call.receive(); message !== null; message = await call.receive()) {
    for (const length of jobs.feed(message)) {
      for (let left = length; left > 0; left -= PIECE.length) await call.send(NO_HEAD, PIECE);
    }
  }
}
