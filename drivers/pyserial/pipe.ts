import type { ByteStream, CommandCall, Terminal } from "@jumpstarter/core/client";
import { SerialInterface } from "@jumpstarter/proto/driver/serial/v1";
import type { PySerialClient } from "./client.ts";
import { type PipePlan, planPipe } from "./pipe_plan.ts";
import { abortable } from "./waits.ts";

/** Joins the port with standard input and output, or a file (drivers-b §3.3). */
export async function pipe(client: PySerialClient, call: CommandCall): Promise<void> {
  const { options, signal, terminal } = call;
  const plan = planPipe(options, terminal.stdinIsTerminal);
  terminal.note(plan.status);
  try {
    if (plan.output) await both(client, plan, call);
    else await sendOnly(client, call);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  if (signal.aborted) terminal.note("\nStopped.");
}

async function both(client: PySerialClient, plan: PipePlan, call: CommandCall): Promise<void> {
  const { signal, terminal } = call;
  await using output = await openOutput(plan, terminal);
  await using stream = await client.connect({ signal });
  const leave = new AbortController();
  const sending = plan.input ? sendInput(stream, terminal, leave.signal) : Promise.resolve();
  // The port's output ends the command, not this.
  sending.catch(() => {});
  const reader = stream.readable.getReader();
  try {
    for (;;) {
      const { done, value } = await next(reader, signal, terminal);
      if (done) return;
      await output.write(value);
    }
  } finally {
    leave.abort();
    await sending.catch(() => {});
  }
}

/** The next bytes; the end of the port is said, not thrown. */
async function next(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  signal: AbortSignal,
  terminal: Terminal,
): Promise<ReadableStreamReadResult<Uint8Array>> {
  try {
    const result = await abortable(reader.read(), signal);
    if (result.done) terminal.note("\nSerial connection closed normally (end of stream).");
    return result;
  } catch (error) {
    signal.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    terminal.note(
      `\nSerial connection lost (broken resource). The connection may have been interrupted: ${reason}`,
    );
    return { done: true, value: undefined };
  }
}

/** Sends standard input to its end, then half-closes. */
async function sendInput(
  stream: ByteStream,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const reader = terminal.stdin.getReader();
  const writer = stream.writable.getWriter();
  writer.closed.catch(() => {});
  try {
    for (;;) {
      const { done, value } = await abortable(reader.read(), signal);
      if (done) break;
      await writer.write(value);
    }
    await writer.close();
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** Sends standard input and nothing else. On our exporters each piece is answered when the port has taken it. */
async function sendOnly(client: PySerialClient, call: CommandCall): Promise<void> {
  const { signal, terminal } = call;
  if (!client.node.interfaces.includes(SerialInterface.typeName)) {
    await using stream = await client.connect({ signal });
    return await sendInput(stream, terminal, signal);
  }
  const reader = terminal.stdin.getReader();
  try {
    for (;;) {
      const { done, value } = await abortable(reader.read(), signal);
      if (done) return;
      await client.write({ data: value }, { signal });
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** Where the port's output goes. */
interface Output extends AsyncDisposable {
  write(bytes: Uint8Array): Promise<void>;
}

async function openOutput(plan: PipePlan, terminal: Terminal): Promise<Output> {
  if (plan.file === undefined) {
    return {
      write: (bytes) => terminal.write(bytes),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
  const { append } = plan;
  const file = await Deno.open(plan.file, {
    write: true,
    create: true,
    append,
    truncate: !append,
  });
  return {
    async write(bytes): Promise<void> {
      for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
    },
    [Symbol.asyncDispose](): Promise<void> {
      file.close();
      return Promise.resolve();
    },
  };
}
