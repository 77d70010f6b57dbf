import type { CommandCall } from "@jumpstarter/core/client";
import type { PySerialClient } from "./client.ts";
import { CtrlB } from "./ctrl_b.ts";

/** Joins the terminal and the port until three Ctrl-B, the end of the port, or a signal. */
export async function startConsole(client: PySerialClient, call: CommandCall): Promise<void> {
  const { terminal, signal } = call;
  await using stream = call.options.replay === true
    ? await client.replay({ signal })
    : await client.connect({ signal });
  await terminal.print("\nStarting serial port console ... exit with CTRL+B x 3 times\n");
  const leave = new AbortController();
  const typed = terminal.stdin.getReader();
  const shown = stream.readable.getReader();
  const writer = stream.writable.getWriter();
  writer.closed.catch(() => {});

  const type = async (): Promise<void> => {
    const keys = new CtrlB();
    for (;;) {
      const { done, value } = await typed.read();
      if (leave.signal.aborted) return;
      if (done) return await writer.close();
      const { send, leave: out } = keys.push(value);
      if (send.length > 0) await writer.write(send);
      if (out) return leave.abort();
    }
  };
  const show = async (): Promise<void> => {
    for (;;) {
      const { done, value } = await shown.read();
      if (done) return;
      await terminal.write(value);
    }
  };

  const gone = Promise.withResolvers<void>();
  const onAbort = (): void => gone.resolve();
  leave.signal.addEventListener("abort", onAbort);
  signal.addEventListener("abort", onAbort);
  let ending = "";
  await terminal.raw(async () => {
    const typing = type();
    typing.catch(() => {});
    try {
      await Promise.race([show().then(() => ending = "Serial connection closed."), gone.promise]);
    } catch (error) {
      ending = `Serial connection lost: ${error instanceof Error ? error.message : String(error)}`;
    } finally {
      signal.removeEventListener("abort", onAbort);
      const left = leave.signal.aborted;
      leave.abort();
      // The two Ctrl-B before the last are on their way.
      if (left) await writer.close().catch(() => {});
      typed.cancel().catch(() => {});
    }
  });
  if (ending !== "") terminal.note(`\n${ending}`);
}
