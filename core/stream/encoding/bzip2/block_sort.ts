import { sortSuffixes } from "./suffix_sort.ts";

/**
 * The Burrows-Wheeler transform over rotations, as bzip2 has it.
 *
 * @param block 1 byte or more.
 * @returns the last byte of each rotation, in the order of the rotations, and which of them is the block.
 */
export function sortBlock(block: Uint8Array): { last: Uint8Array; origin: number } {
  const length = block.length;
  // Rotated so that it begins with its least rotation, a block's rotations sort as its suffixes do.
  const start = leastRotation(block);
  const rotated = new Uint8Array(length);
  rotated.set(block.subarray(start));
  rotated.set(block.subarray(0, start), length - start);

  const order = sortSuffixes(rotated, 256);
  const blockAt = start === 0 ? 0 : length - start;
  const last = new Uint8Array(length);
  let origin = 0;
  for (let i = 0; i < length; i++) {
    const at = order[i];
    if (at === blockAt) origin = i;
    last[i] = rotated[at === 0 ? length - 1 : at - 1];
  }
  return { last, origin };
}

/** Where the least rotation begins, in linear time: two candidates, and as far as they agree. */
function leastRotation(block: Uint8Array): number {
  const length = block.length;
  let a = 0;
  let b = 1;
  let same = 0;
  while (a < length && b < length && same < length) {
    const difference = block[(a + same) % length] - block[(b + same) % length];
    if (difference === 0) {
      same++;
      continue;
    }
    // None of the places that agreed can begin a lesser one.
    if (difference > 0) a += same + 1;
    else b += same + 1;
    if (a === b) b++;
    same = 0;
  }
  return Math.min(a, b);
}
