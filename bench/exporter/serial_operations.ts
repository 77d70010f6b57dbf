import type { Device } from "@jumpstarter/core/client";
import { PySerialClient } from "@jumpstarter/drivers/pyserial";
import type { Figures } from "../harness/measurement.ts";
import type { Operations } from "../worker/command_loop.ts";
import { OpenStream } from "../worker/duplex_measures.ts";
import { NumberedBytesCheck } from "../worker/numbered_bytes.ts";
import { sampleLatency } from "../worker/timing.ts";

/** A watcher of a flood that gets nothing for so long has all that comes, in ms. */
const QUIET_MS = 3_000;

/** Serial consoles: `serial` is a loop, `console` the pseudo-terminal of `pty_device.ts`. */
export function serialOperations(device: Device): Operations {
  const ping = async (path: string, seconds: number): Promise<Figures> => {
    await using duplex = await device.get(path, PySerialClient).connect();
    const stream = new OpenStream(duplex);
    await stream.ping();
    return await sampleLatency(seconds, () => stream.ping());
  };
  return {
    serial_ping: ({ seconds }) => ping("serial", seconds),
    console_ping: ({ seconds }) => ping("console", seconds),
    serial_expect: async ({ seconds }) => {
      await using console = await device.get("serial", PySerialClient).console();
      let number = 0;
      return await sampleLatency(seconds, async () => {
        const mark = `mark${number++}`;
        await console.sendLine(mark);
        await console.expect(`${mark}\n`);
      });
    },
    console_flood: ({ seconds, baud }) => flood(device, Math.round(seconds * baud / 10), baud),
  };
}

/** Two watch, one of them reads only when the flood is over. */
async function flood(device: Device, bytes: number, baud: number): Promise<Figures> {
  const serial = device.get("console", PySerialClient);
  await using watcher = await serial.connect();
  await using stalled = await serial.connect();
  const writer = watcher.writable.getWriter();
  await writer.write(new TextEncoder().encode(`\x01${bytes} ${baud / 10}\n`));
  const start = performance.now();
  const seen = await watch(watcher.readable, bytes);
  const seconds = (performance.now() - start) / 1000;
  const late = await watch(stalled.readable, bytes);
  return {
    lost_bytes: bytes - seen.received,
    breaks: seen.breaks,
    seconds,
    stalled_lost_bytes: bytes - late.received,
    stalled_breaks: late.breaks,
  };
}

async function watch(
  readable: ReadableStream<Uint8Array>,
  bytes: number,
): Promise<NumberedBytesCheck> {
  const check = new NumberedBytesCheck();
  const reader = readable.getReader();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const quiet = (): Promise<null> =>
    new Promise((resolve) => timer = setTimeout(() => resolve(null), QUIET_MS));
  while (check.received < bytes) {
    const read = await Promise.race([reader.read(), quiet()]);
    clearTimeout(timer);
    if (read === null || read.done) break;
    check.feed(read.value);
  }
  return check;
}
