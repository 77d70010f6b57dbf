/**
 * A value as one word of U-Boot's shell (hush).
 *
 * @throws {RangeError} if it has characters that cannot be typed at a prompt
 */
export function quote(value: string): string {
  // deno-lint-ignore no-control-regex -- what a line editor takes for a command
  if (/[\x00-\x1f\x7f]/.test(value)) {
    throw new RangeError(
      `Cannot quote for U-Boot: control characters are not allowed: current value is ${
        JSON.stringify(value)
      }`,
    );
  }
  // Within quotes hush takes a backslash away as well, unlike other shells.
  return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "'\\''")}'`;
}
