/** A block as it is given to the Huffman codes. */
export interface Symbols {
  /** The bytes that occur, in order. */
  readonly used: Uint8Array;
  /** Runs, places in the list, and the end. */
  readonly symbols: Uint16Array;
}

/**
 * Turns sorted bytes into small numbers: each byte into its place in a list of the recent ones, and rows
 * of zeros into their length, in digits 1 and 2 (symbols 0 and 1), lowest first.
 */
export function moveToFront(bytes: Uint8Array): Symbols {
  const occurs = new Uint8Array(256);
  for (let i = 0; i < bytes.length; i++) occurs[bytes[i]] = 1;
  const used = Uint8Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => occurs[byte]);
  const list = used.slice();
  const symbols = new Uint16Array(bytes.length + 1);
  let count = 0;
  let run = 0;
  const endRun = (): void => {
    for (; run > 0; run = (run - 1) >> 1) symbols[count++] = (run & 1) === 1 ? 0 : 1;
  };
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === list[0]) {
      run++;
      continue;
    }
    if (run > 0) endRun();
    let place = 0;
    let moved = list[0];
    do {
      place++;
      const here = list[place];
      list[place] = moved;
      moved = here;
    } while (moved !== byte);
    list[0] = byte;
    symbols[count++] = place + 1;
  }
  endRun();
  symbols[count++] = used.length + 1;
  return { used, symbols: symbols.subarray(0, count) };
}
