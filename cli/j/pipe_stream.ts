import type { ByteStream, Terminal } from "@jumpstarter/core/client";

/**
 * Joins standard input and output with a byte stream, until the device has no more. The end of the input ends that
 * direction only.
 */
export async function pipeStream(
  stream: ByteStream,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const input = terminal.stdin.pipeTo(stream.writable, { signal, preventCancel: true });
  input.catch(() => {});
  const reader = stream.readable.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    await terminal.write(value);
  }
}
