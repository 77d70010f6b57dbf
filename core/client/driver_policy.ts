/** Whether clients of a class may be used. */
export type DriverPolicy = (clientClass: string) => boolean;

/**
 * What the environment says on drivers (core-spec §8.7): `JMP_DRIVERS_ALLOW`, patterns for class paths, joined by commas,
 * with `*`, `?` and `[…]`; `UNSAFE` among them, or `JMP_DRIVERS_UNSAFE`, allows all. Without either all are allowed too:
 * a report cannot make this program load anything that it did not come with.
 */
export function driverPolicy(env: (name: string) => string | undefined): DriverPolicy {
  const unsafe = (env("JMP_DRIVERS_UNSAFE") ?? "").toLowerCase();
  const patterns = (env("JMP_DRIVERS_ALLOW") ?? "").split(",").map((part) => part.trim())
    .filter((part) => part !== "");
  if (["1", "true", "yes", "on"].includes(unsafe) || patterns.includes("UNSAFE")) return () => true;
  if (patterns.length === 0) return () => true;
  const matchers = patterns.map(glob);
  return (clientClass) => matchers.some((matcher) => matcher.test(clientClass));
}

/** Python's `fnmatchcase`. */
function glob(pattern: string): RegExp {
  let source = "";
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at];
    const end = character === "[" ? pattern.indexOf("]", at + 2) : -1;
    if (character === "*") source += ".*";
    else if (character === "?") source += ".";
    else if (end > 0) {
      const set = pattern.slice(at + 1, end).replace(/[\\[]/g, "\\$&").replace(/^!/, "^");
      source += `[${set}]`;
      at = end;
    } else source += character.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  }
  return new RegExp(`^${source}$`, "s");
}
