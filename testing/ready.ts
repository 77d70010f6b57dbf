/** The other side of {@linkcode startProcess}: what a server program does to be started by a test. */

/**
 * Prints the line `READY word word …` on standard output.
 *
 * @param words What the test needs to know; the port first. No word holds white space.
 */
export function sayReady(...words: readonly (string | number)[]): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`READY ${words.join(" ")}\n`));
}

/**
 * Resolves when standard input ends: the test that started this program is gone, or disposed of it.
 * A program that waits for this never outlives its test, even one that was killed.
 */
export async function stdinClosed(): Promise<void> {
  for await (const _ of Deno.stdin.readable) { /* only the end counts */ }
}

/** How often {@linkcode endWithParent} looks, in milliseconds. */
const PARENT_CHECK_MS = 500;

/** Ends this program when the one that started it is gone: for those whose standard input says nothing of that. */
export function endWithParent(): void {
  const parent = Deno.ppid;
  const timer = setInterval(() => {
    if (Deno.ppid !== parent) Deno.exit(1);
  }, PARENT_CHECK_MS);
  Deno.unrefTimer(timer as unknown as number);
}
