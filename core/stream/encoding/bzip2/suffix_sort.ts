/**
 * Sorts the suffixes of a text in linear time: induced sorting (Nong, Zhang and Chan, "Linear Suffix Array
 * Construction by Almost Pure Induced-Sorting", 2009). The end counts as less than any symbol.
 *
 * @param text symbols from 0 to `symbols` - 1.
 * @returns the places where the suffixes begin, in order.
 */
export function sortSuffixes(text: Uint8Array | Int32Array, symbols: number): Int32Array {
  const length = text.length;
  if (length < 2) return new Int32Array(length);

  // A suffix is of type S if it is less than the one after it, else L. The first S of a row is "leftmost".
  const isS = new Uint8Array(length);
  for (let i = length - 2; i >= 0; i--) {
    isS[i] = text[i] < text[i + 1] || (text[i] === text[i + 1] && isS[i + 1] === 1) ? 1 : 0;
  }
  const sorter = new Inducer(text, isS, symbols);
  const leftmost = leftmostPlaces(isS);
  if (leftmost.length === 0) return sorter.induce(leftmost);

  // Inducing from them in any order sorts them by the text up to the next leftmost one.
  const pieces = sorter.induce(leftmost).filter((at) =>
    at > 0 && isS[at] === 1 && isS[at - 1] === 0
  );
  const { names, count } = namePieces(text, isS, pieces, leftmost);
  // Where pieces are equal, what follows them decides: sort the text of their names.
  const order = count === pieces.length
    ? pieces
    : sortSuffixes(names, count).map((index) => leftmost[index]);
  return sorter.induce(order);
}

function leftmostPlaces(isS: Uint8Array): Int32Array {
  const places = new Int32Array(isS.length >> 1);
  let count = 0;
  for (let i = 1; i < isS.length; i++) {
    if (isS[i] === 1 && isS[i - 1] === 0) places[count++] = i;
  }
  return places.subarray(0, count);
}

/** Numbers the pieces between leftmost places by rank, and lists the numbers in the order of the text. */
function namePieces(
  text: Uint8Array | Int32Array,
  isS: Uint8Array,
  sorted: Int32Array,
  leftmost: Int32Array,
): { names: Int32Array; count: number } {
  const nameAt = new Int32Array(text.length);
  let name = 0;
  for (let i = 1; i < sorted.length; i++) {
    if (!samePiece(text, isS, sorted[i - 1], sorted[i])) name++;
    nameAt[sorted[i]] = name;
  }
  return { names: leftmost.map((at) => nameAt[at]), count: name + 1 };
}

function samePiece(
  text: Uint8Array | Int32Array,
  isS: Uint8Array,
  a: number,
  b: number,
): boolean {
  for (let i = 0;; i++) {
    if (a + i === text.length || b + i === text.length) return false;
    if (text[a + i] !== text[b + i] || isS[a + i] !== isS[b + i]) return false;
    if (i > 0 && isS[a + i] === 1 && isS[a + i - 1] === 0) {
      return isS[b + i - 1] === 0;
    }
  }
}

/** Places all suffixes, given the order of the leftmost S ones. */
class Inducer {
  readonly #text: Uint8Array | Int32Array;
  readonly #isS: Uint8Array;
  /** For each symbol, where its suffixes begin; the entry after it is where they end. */
  readonly #starts: Int32Array;

  constructor(text: Uint8Array | Int32Array, isS: Uint8Array, symbols: number) {
    this.#text = text;
    this.#isS = isS;
    this.#starts = new Int32Array(symbols + 1);
    for (let i = 0; i < text.length; i++) this.#starts[text[i] + 1]++;
    for (let symbol = 0; symbol < symbols; symbol++) {
      this.#starts[symbol + 1] += this.#starts[symbol];
    }
  }

  induce(leftmost: Int32Array): Int32Array {
    const text = this.#text;
    const isS = this.#isS;
    const sorted = new Int32Array(text.length).fill(-1);

    let next = this.#starts.slice(1);
    for (let i = leftmost.length - 1; i >= 0; i--) {
      sorted[--next[text[leftmost[i]]]] = leftmost[i];
    }
    // Up, for type L: whatever stands before a suffix already placed comes next among its equals.
    next = this.#starts.slice();
    const last = text.length - 1;
    sorted[next[text[last]]++] = last;
    for (let i = 0; i < sorted.length; i++) {
      const before = sorted[i] - 1;
      if (before >= 0 && isS[before] === 0) sorted[next[text[before]]++] = before;
    }
    // Down, for type S.
    next = this.#starts.slice(1);
    for (let i = sorted.length - 1; i >= 0; i--) {
      const before = sorted[i] - 1;
      if (before >= 0 && isS[before] === 1) sorted[--next[text[before]]] = before;
    }
    return sorted;
  }
}
