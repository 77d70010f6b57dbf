/** How long {@linkcode until} looks, in ms. */
const DEADLINE_MS = 20_000;

/** Between two looks, in ms. */
const INTERVAL_MS = 10;

/**
 * Waits until something holds that another process does and tells nobody.
 *
 * @throws {Error} with `what`, when it does not come to hold in 20 s
 */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + DEADLINE_MS;
  while (!await holds()) {
    if (performance.now() > end) throw new Error(`After ${DEADLINE_MS} ms still not: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
}
