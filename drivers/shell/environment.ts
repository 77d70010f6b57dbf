/** Variables that a caller may not set, upstream's list (drivers-b §7.2): they change which programs run. */
const BLOCKED: ReadonlySet<string> = new Set([
  "BASH_ENV",
  "HOME",
  "KUBECONFIG",
  "LD_LIBRARY_PATH",
  "LD_PRELOAD",
  "PATH",
  "PYTHONPATH",
]);

/** Variables of the loader, and functions of bash. */
const BLOCKED_PREFIXES = ["LD_", "BASH_FUNC_"];

/**
 * Checks the variables that a caller wants to set.
 *
 * @throws {RangeError} that names the first that is wrong; the texts are upstream's
 */
export function checkEnvironment(env: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(env)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw new RangeError(`Invalid environment variable name: ${name}`);
    }
    if (BLOCKED.has(name) || BLOCKED_PREFIXES.some((prefix) => name.startsWith(prefix))) {
      throw new RangeError(`Environment variable '${name}' is blocked for security reasons`);
    }
    if (value.includes("\0")) {
      throw new RangeError(`Environment variable '${name}' has a zero byte in its value`);
    }
  }
}
