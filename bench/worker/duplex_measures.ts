import type { Duplex } from "@jumpstarter/core/stream";
import type { Figures } from "../harness/measurement.ts";
import { JOB_BYTES, jobHeader, JOBS_AHEAD, PIECE, PIECE_BYTES } from "./byte_jobs.ts";
import { mebibytesPerSecond, sampleLatency } from "./timing.ts";

const JOB_HEADER = jobHeader(JOB_BYTES);
const ONE_BYTE = PIECE.subarray(0, 1);

/** A stream as a person's code holds it: a reader and a writer. */
export class OpenStream {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  /** Locks both directions. */
  constructor(duplex: Duplex) {
    this.#reader = duplex.readable.getReader();
    this.#writer = duplex.writable.getWriter();
  }

  /** Writes and waits until there is room for more. */
  write(bytes: Uint8Array): Promise<void> {
    return this.#writer.write(bytes);
  }

  /** Length of the next chunk in bytes; rejects at the end. */
  async read(): Promise<number> {
    const { value, done } = await this.#reader.read();
    if (done) throw new Error("the stream ended early");
    return value.length;
  }

  /** One byte there and back. */
  async ping(): Promise<void> {
    await this.write(ONE_BYTE);
    await this.read();
  }

  /** Ends this direction, reads the other to its end. */
  async close(): Promise<void> {
    await this.#writer.close();
    while (!(await this.#reader.read()).done);
  }
}

/** Echoes pieces for `seconds`; MiB/s each way. */
export async function measureEcho(stream: OpenStream, seconds: number): Promise<Figures> {
  const start = performance.now();
  const end = start + seconds * 1000;
  let [sent, received, sending] = [0, 0, true];
  const send = async (): Promise<void> => {
    for (; performance.now() < end; sent += PIECE_BYTES) await stream.write(PIECE);
    sending = false;
  };
  const sentAll = send();
  while (sending || received < sent) received += await stream.read();
  await sentAll;
  return { mib_s: mebibytesPerSecond(sent, start) };
}

/** Sends whole jobs to a sink until `stop()`, waits until it has them; how many bytes. */
export async function uploadUntil(stream: OpenStream, stop: () => boolean): Promise<number> {
  let jobs = 0;
  for (; !stop(); jobs++) {
    await stream.write(JOB_HEADER);
    for (let sent = 0; sent < JOB_BYTES; sent += PIECE_BYTES) await stream.write(PIECE);
  }
  for (let done = 0; done < jobs;) done += await stream.read();
  return jobs * JOB_BYTES;
}

/** Asks a source for jobs, some ahead, until `stop()`, reads what was asked for; how many bytes. */
export async function downloadUntil(stream: OpenStream, stop: () => boolean): Promise<number> {
  for (let ahead = 0; ahead < JOBS_AHEAD; ahead++) await stream.write(JOB_HEADER);
  let [wanted, received] = [JOBS_AHEAD * JOB_BYTES, 0];
  while (received < wanted) {
    received += await stream.read();
    if (wanted - received > (JOBS_AHEAD - 1) * JOB_BYTES || stop()) continue;
    await stream.write(JOB_HEADER);
    wanted += JOB_BYTES;
  }
  return received;
}

/** Runs `move` for `seconds`; MiB/s. */
export async function measureTransfer(
  move: typeof uploadUntil,
  stream: OpenStream,
  seconds: number,
): Promise<Figures> {
  const start = performance.now();
  const bytes = await move(stream, () => performance.now() >= start + seconds * 1000);
  return { mib_s: mebibytesPerSecond(bytes, start) };
}

/** Pings on one stream for `seconds` while `move` keeps another busy. */
export async function pingBeside(
  stream: OpenStream,
  move: typeof uploadUntil,
  bulk: OpenStream,
  seconds: number,
): Promise<Figures> {
  let stop = false;
  const start = performance.now();
  const moving = move(bulk, () => stop);
  // Until the transfer is at full speed.
  await new Promise((resolve) => setTimeout(resolve, seconds * 100));
  const figures = await sampleLatency(seconds, () => stream.ping());
  stop = true;
  return { ...figures, bulk_mib_s: mebibytesPerSecond(await moving, start) };
}

/**
 * Writes up to `limitBytes` until nothing was taken for `quietMs`, and leaves the
 * stream like that; how much was taken, in MiB.
 */
export async function pushUntilStalled(
  write: (bytes: Uint8Array) => Promise<unknown>,
  limitBytes: number,
  quietMs: number,
): Promise<Figures> {
  let sent = 0;
  const push = async (): Promise<void> => {
    for (; sent < limitBytes; sent += PIECE_BYTES) await write(PIECE);
  };
  const pushing = push();
  const quiet = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, quietMs));
  for (let seen = -1; sent > seen && sent < limitBytes;) {
    seen = sent;
    await Promise.race([pushing, quiet()]);
  }
  await quiet();
  return { accepted_mib: sent / 2 ** 20 };
}
