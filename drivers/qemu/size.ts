/** The units that a size may have, in bytes. A single letter k, m, g or t is binary, as QEMU and people mean it. */
const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
  p: 1e15,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  pb: 1e15,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
  pib: 2 ** 50,
};

/**
 * Reads a size as people write it: `20G`, `1.5g`, `512M`, `20GB` (decimal), `20GiB`, `1048576`.
 *
 * @returns bytes, a whole number from 0 to 2^53.
 * @throws {RangeError} if it is no such size.
 */
export function parseSize(text: string): number {
  const [, digits, unit] = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  const factor = unit === undefined ? undefined : UNITS[unit.toLowerCase()];
  const bytes = factor === undefined ? NaN : Math.trunc(Number(digits) * factor);
  if (!Number.isSafeInteger(bytes)) {
    throw new RangeError(`Invalid size: '${text}'. Use e.g. '20G', '512M', '2T'`);
  }
  return bytes;
}

/**
 * A memory size as QEMU's `-m` takes it. A bare number counts MiB there, and stays what it is; everything else is
 * brought to MiB, since `-m` does not know all the units that {@linkcode parseSize} does.
 *
 * @throws {RangeError} if it is no size, or less than 1 MiB.
 */
export function memoryArgument(text: string): string {
  const bytes = parseSize(text);
  const mebibytes = /^\s*\d+\s*$/.test(text) ? bytes : Math.ceil(bytes / 2 ** 20);
  if (mebibytes < 1) {
    throw new RangeError(
      `Cannot use memory size: at least 1M is needed: current value is '${text}'`,
    );
  }
  return `${mebibytes}M`;
}
