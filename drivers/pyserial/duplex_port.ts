import type { Duplex } from "@jumpstarter/core/stream";
import type { SerialPort } from "./port.ts";
import { abortable } from "./waits.ts";

/** Any byte stream as a port without lines: a socket, a pty, the console of a virtual machine. */
export function duplexPort(duplex: Duplex): SerialPort {
  const reader = duplex.readable.getReader();
  const writer = duplex.writable.getWriter();
  // Whoever reads learns of a failure; nobody need.
  writer.closed.catch(() => {});
  let disposed = false;
  return {
    baudRate: 0,
    async run(onBytes): Promise<void> {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        onBytes(value);
      }
    },
    write(bytes, signal): Promise<void> {
      return abortable(writer.write(bytes), signal);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      if (disposed) return;
      disposed = true;
      const reason = new Deno.errors.BrokenPipe("Cannot use serial port: it was closed");
      await Promise.allSettled([reader.cancel(reason), writer.abort(reason)]);
    },
  };
}
