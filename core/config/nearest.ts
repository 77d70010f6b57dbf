/** How many insertions, deletions, replacements and swaps of neighbours lead from one word to the other. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, beforeLast[j - 2] + 1);
      }
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length];
}

/** Words as they are compared: neither case nor the way to join words matters. */
const plain = (word: string): string => word.toLowerCase().replace(/[-_ ]/g, "");

/**
 * The words that somebody who wrote `word` may have meant, the nearest first.
 *
 * @param word What was written.
 * @param candidates What could have been meant.
 * @param most How many to name at most.
 */
export function nearest(word: string, candidates: Iterable<string>, most = 3): string[] {
  const written = plain(word);
  const near: { candidate: string; distance: number }[] = [];
  for (const candidate of candidates) {
    const meant = plain(candidate);
    const limit = Math.max(1, Math.floor(Math.max(written.length, meant.length) / 3));
    // The difference in length is a lower bound: most words are ruled out without the table.
    if (Math.abs(written.length - meant.length) > limit) continue;
    const distance = editDistance(written, meant);
    if (distance <= limit) near.push({ candidate, distance });
  }
  near.sort((a, b) => a.distance - b.distance);
  return near.slice(0, most).map(({ candidate }) => candidate);
}

/** A hint made of {@linkcode nearest}: `did you mean 'host' or 'port'?`; nothing when nothing is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const near = nearest(word, candidates).map((candidate) => `'${candidate}'`);
  return near.length === 0 ? undefined : `did you mean ${near.join(" or ")}?`;
}
