/**
 * A device with a serial console, on a pseudo-terminal of its own; says `READY /dev/pts/N`. It echoes what it gets, but for
 * a line that starts with byte 1: `BYTES RATE`, after which it sends that many numbered bytes, RATE of them per second.
 */
import { openPty } from "@jumpstarter/core/tty";
import { numberedBytes } from "../worker/numbered_bytes.ts";
import { serveOperations } from "../worker/command_loop.ts";

/** First byte of the line that asks for a flood. */
const FLOOD = 1;
/** Time between two pieces of a flood, in ms. */
const PIECE_MS = 5;

const pty = openPty({ raw: true, keepOpen: true });
const writer = pty.writable.getWriter();
void answer();
await serveOperations({}, pty.path);

async function answer(): Promise<void> {
  let line: string | undefined;
  for await (const chunk of pty.readable) {
    if (line === undefined && chunk[0] !== FLOOD) {
      await writer.write(chunk);
      continue;
    }
    line = (line ?? "") + new TextDecoder().decode(chunk);
    if (!line.endsWith("\n")) continue;
    const [bytes, rate] = line.slice(1).split(" ").map(Number);
    line = undefined;
    await flood(bytes, rate);
  }
}

async function flood(bytes: number, rate: number): Promise<void> {
  const start = performance.now();
  for (let sent = 0; sent < bytes;) {
    const due = Math.min(bytes, Math.ceil((performance.now() - start) * rate / 1000));
    if (due > sent) await writer.write(numberedBytes(sent, due - sent));
    sent = Math.max(sent, due);
    await new Promise((resolve) => setTimeout(resolve, PIECE_MS));
  }
}
