import { createGrpcTransport, type RawClientCall } from "@jumpstarter/core/grpc";
import type { Figures } from "../harness/measurement.ts";
import { serveOperations } from "../worker/command_loop.ts";
import { JOB_BYTES, jobHeader, JOBS_AHEAD, PIECE, PIECE_BYTES } from "../worker/byte_jobs.ts";
import { mebibytesPerSecond, sampleLatency, sampleRate } from "../worker/timing.ts";
import { BYTES_SERVICE } from "./byte_methods.ts";

/** Our client on methods whose messages are plain bytes; the same as `peers/grpcio_client.py`. */
const transport = createGrpcTransport({ address: Deno.args[0] });
const NO_HEAD = new Uint8Array(0);
const REQUEST = PIECE.subarray(0, 16);
const JOB_HEADER = jobHeader(JOB_BYTES);

function open(method: string): RawClientCall {
  return transport.raw(`${BYTES_SERVICE}/${method}`);
}

async function receive(call: RawClientCall): Promise<number> {
  const message = await call.receive();
  if (message === null) throw new Error("the call ended early");
  return message.length;
}

async function unary(): Promise<void> {
  const call = open("Unary");
  call.send(NO_HEAD, REQUEST);
  call.closeSend();
  await receive(call);
  if (await call.receive() !== null) throw new Error("more than one response came");
}

async function echo(seconds: number): Promise<Figures> {
  const call = open("Echo");
  const start = performance.now();
  let [sent, received, sending] = [0, 0, true];
  const send = async (): Promise<void> => {
    for (const end = start + seconds * 1000; performance.now() < end; sent += PIECE_BYTES) {
      await call.send(NO_HEAD, PIECE);
    }
    sending = false;
  };
  const sentAll = send();
  while (sending || received < sent) received += await receive(call);
  await sentAll;
  call.cancel();
  return { mib_s: mebibytesPerSecond(sent, start) };
}

async function upload(seconds: number): Promise<Figures> {
  const call = open("Sink");
  const start = performance.now();
  let jobs = 0;
  for (const end = start + seconds * 1000; performance.now() < end; jobs++) {
    await call.send(NO_HEAD, JOB_HEADER);
    for (let sent = 0; sent < JOB_BYTES; sent += PIECE_BYTES) await call.send(NO_HEAD, PIECE);
  }
  for (let done = 0; done < jobs;) done += await receive(call);
  call.cancel();
  return { mib_s: mebibytesPerSecond(jobs * JOB_BYTES, start) };
}

async function download(seconds: number): Promise<Figures> {
  const call = open("Source");
  const start = performance.now();
  const end = start + seconds * 1000;
  for (let ahead = 0; ahead < JOBS_AHEAD; ahead++) await call.send(NO_HEAD, JOB_HEADER);
  let [wanted, received] = [JOBS_AHEAD * JOB_BYTES, 0];
  while (received < wanted) {
    received += await receive(call);
    if (wanted - received > (JOBS_AHEAD - 1) * JOB_BYTES || performance.now() >= end) continue;
    await call.send(NO_HEAD, JOB_HEADER);
    wanted += JOB_BYTES;
  }
  call.cancel();
  return { mib_s: mebibytesPerSecond(received, start) };
}

await serveOperations({
  unary: ({ seconds }) => sampleLatency(seconds, unary),
  unary_in_flight: ({ seconds, in_flight }) => sampleRate(seconds, in_flight, unary),
  echo: ({ seconds }) => echo(seconds),
  upload: ({ seconds }) => upload(seconds),
  download: ({ seconds }) => download(seconds),
});
