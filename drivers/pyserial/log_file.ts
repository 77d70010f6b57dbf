import type { Logger } from "@jumpstarter/core/driver";
import type { EndableStream } from "./loop_stream.ts";

/**
 * Appends a port's output to a file until disposed, which writes what is left. A full disk ends the file, not the port.
 *
 * @param path the file; made if it is not there
 * @param output what to write; ended and read to its end on disposing
 * @throws what the system says, if the file cannot be opened
 */
export async function openLogFile(
  path: string,
  output: EndableStream,
  log: Logger,
): Promise<AsyncDisposable> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path, { append: true, create: true });
  } catch (error) {
    output.end();
    await output.readable.cancel();
    if (error instanceof Error) {
      error.message = `Cannot open log file '${path}': ${error.message}`;
    }
    throw error;
  }
  const copying = output.readable.pipeTo(file.writable).catch((error) => {
    const reason = error instanceof Error ? error.message : String(error);
    log.error(`Cannot write to log file '${path}': ${reason}; no more is written to it`);
  });
  return {
    async [Symbol.asyncDispose](): Promise<void> {
      output.end();
      await copying;
    },
  };
}
