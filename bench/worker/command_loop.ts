import { LineReader } from "../harness/line_reader.ts";
import type { Figures, OperationOptions } from "../harness/measurement.ts";

/** The operations a child offers, by name. */
export type Operations = Readonly<
  Record<string, (options: OperationOptions) => Promise<Figures> | Figures>
>;

/**
 * Says `READY address` on stdout, then runs the operations that arrive on stdin
 * (see `harness/child_process.ts`), one after the other, until stdin ends: then
 * whoever started this process is gone, so it ends too.
 */
export async function serveOperations(operations: Operations, address = ""): Promise<never> {
  await answer(`READY ${address}`.trimEnd());
  const lines = new LineReader(Deno.stdin.readable);
  for (let line = await lines.next(); line !== null; line = await lines.next()) {
    const { operation, options } = JSON.parse(line) as {
      operation: string;
      options: OperationOptions;
    };
    await answer(JSON.stringify(await run(operations[operation], options)));
  }
  Deno.exit(0);
}

async function run(
  operation: Operations[string] | undefined,
  options: OperationOptions,
): Promise<{ figures: Figures } | { error: string }> {
  if (operation === undefined) return { error: "there is no such operation" };
  try {
    return { figures: await operation(options) };
  } catch (error) {
    return { error: error instanceof Error ? error.stack ?? error.message : String(error) };
  }
}

async function answer(line: string): Promise<void> {
  const bytes = new TextEncoder().encode(line + "\n");
  for (let at = 0; at < bytes.length;) at += await Deno.stdout.write(bytes.subarray(at));
}
