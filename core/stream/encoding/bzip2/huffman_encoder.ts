/** Codes are kept this short, in bits, as bzip2 1.0.8 does; decoders take up to 20. */
const LONGEST_CODE = 17;

/**
 * Lengths of Huffman codes, in bits, 1 to 17. Every symbol gets a code, also one that does not occur.
 *
 * @param counts how often each symbol occurs; 2 symbols or more.
 */
export function codeLengths(counts: ArrayLike<number>): Uint8Array {
  const weights = Float64Array.from(counts, (count) => Math.max(1, count));
  for (;;) {
    const lengths = huffmanLengths(weights);
    if (lengths.every((length) => length <= LONGEST_CODE)) return lengths;
    // Flatter weights give shorter codes.
    for (let i = 0; i < weights.length; i++) weights[i] = 1 + Math.floor(weights[i] / 2);
  }
}

function huffmanLengths(weights: Float64Array): Uint8Array {
  const symbols = weights.length;
  const leaves = Uint16Array.from(weights, (_, symbol) => symbol)
    .sort((a, b) => weights[a] - weights[b]);
  // Joined nodes come out in rising order, so that two queues do for a heap.
  const weight = new Float64Array(2 * symbols - 1);
  const parent = new Uint16Array(2 * symbols - 1);
  leaves.forEach((symbol, place) => weight[place] = weights[symbol]);
  let leaf = 0;
  let joined = symbols;
  for (let node = symbols; node < weight.length; node++) {
    for (let child = 0; child < 2; child++) {
      const useLeaf = leaf < symbols && (joined === node || weight[leaf] <= weight[joined]);
      const chosen = useLeaf ? leaf++ : joined++;
      weight[node] += weight[chosen];
      parent[chosen] = node;
    }
  }
  const depth = new Uint8Array(weight.length);
  for (let node = weight.length - 2; node >= 0; node--) depth[node] = depth[parent[node]] + 1;
  const lengths = new Uint8Array(symbols);
  leaves.forEach((symbol, place) => lengths[symbol] = depth[place]);
  return lengths;
}

/** The canonical codes of these lengths: shorter first, then by symbol. */
export function canonicalCodes(lengths: Uint8Array): Uint32Array {
  const codes = new Uint32Array(lengths.length);
  let code = 0;
  for (let length = 1; length <= LONGEST_CODE; length++) {
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] === length) codes[symbol] = code++;
    }
    code <<= 1;
  }
  return codes;
}
