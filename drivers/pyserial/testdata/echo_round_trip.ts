/**
 * Prints how long a byte takes from a client through the exporter to a device and back, in µs: `deno run -A
 * drivers/pyserial/testdata/echo_round_trip.ts`. Client, exporter and device are one process, joined by a unix socket and a pty.
 */
import { openPty } from "@jumpstarter/core/tty";
import { serveDriver } from "@jumpstarter/testing/serve_driver";
import { PySerialClient } from "../client.ts";
import { PySerial } from "../driver.ts";

const ROUNDS = 5_000;
const WARM_UP = 500;

async function measure(name: string, url: string): Promise<void> {
  await using device = await serveDriver(PySerial, { config: { url } });
  await using stream = await device.get("", PySerialClient).connect();
  const reader = stream.readable.getReader();
  const writer = stream.writable.getWriter();
  const times: number[] = [];
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    const begin = performance.now();
    await writer.write(new Uint8Array([round]));
    await reader.read();
    if (round >= WARM_UP) times.push(1000 * (performance.now() - begin));
  }
  times.sort((a, b) => a - b);
  const at = (share: number): string => times[Math.floor(share * times.length)].toFixed(0);
  console.log(`${name}: p50 ${at(0.5)} µs, p99 ${at(0.99)} µs`);
}

await measure("loop://", "loop://");
await using pty = openPty({ keepOpen: true });
void pty.readable.pipeTo(pty.writable).catch(() => {});
await measure("pty", pty.path);
