/**
 * Imported first by every program that a task starts: tells an old Deno so in one line, before the rest is loaded.
 *
 * Keep this file free of imports and of anything that an old Deno cannot read.
 */

/** The oldest Deno that the code runs on; its own HTTP/2 does not lean on what later ones have. */
export const OLDEST_DENO = "2.6.10";

/** Says what to do, or `undefined` when `version` is new enough. */
export function complaintAbout(version: string): string | undefined {
  const have = version.split(/[.+-]/).map(Number);
  const want = OLDEST_DENO.split(".").map(Number);
  for (let i = 0; i < want.length; i++) {
    if (have[i] > want[i]) return undefined;
    if (have[i] === want[i]) continue;
    return `Jumpstarter needs Deno ${OLDEST_DENO} or newer: this is Deno ${version}: ` +
      "run `deno upgrade`, or put `npx -y deno@2.9.6` in the place of `deno`";
  }
  return undefined;
}

const complaint = complaintAbout(Deno.version.deno);
if (complaint !== undefined) {
  console.error(complaint);
  Deno.exit(1);
}
