import fc from "fast-check";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Coder } from "../coder.ts";
import { EncodingError } from "../encoding_error.ts";
import { Bzip2Decoder, Bzip2Encoder } from "./mod.ts";

function run(coder: Coder, chunks: Uint8Array[]): Uint8Array {
  const output: Uint8Array[] = [];
  const pull = (): void => {
    for (;;) {
      const chunk = coder.pull() as Uint8Array | null;
      if (chunk === null) return;
      output.push(chunk);
    }
  };
  for (const chunk of chunks) {
    coder.push(chunk);
    pull();
  }
  coder.end();
  pull();
  return Buffer.concat(output);
}

/** Cuts bytes at the places given. */
function cut(bytes: Uint8Array, places: number[]): Uint8Array[] {
  const edges = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length]
    .sort((a, b) => a - b);
  return edges.slice(1).map((end, i) => bytes.subarray(edges[i], end));
}

const anyCuts = fc.array(fc.nat(), { maxLength: 5 });
const anyContent = fc.oneof(
  fc.uint8Array({ maxLength: 2_000 }),
  fc.uint8Array({ maxLength: 2_000, max: 1 }),
  // Runs of all lengths around those that end a run: 3, 4, 5, 254, 255, 256.
  fc.array(fc.tuple(fc.nat(2), fc.oneof(fc.nat(8), fc.integer({ min: 250, max: 260 }))), {
    maxLength: 20,
  }).map((runs) => Uint8Array.from(runs.flatMap(([byte, length]) => new Array(length).fill(byte)))),
);

Deno.test("bzip2: what was compressed comes back, however either is cut", () => {
  fc.assert(
    fc.property(anyContent, anyCuts, anyCuts, (content, cuts, moreCuts) => {
      const compressed = run(new Bzip2Encoder(1), cut(content, cuts));
      assert.deepEqual(run(new Bzip2Encoder(1), [content]), compressed);
      const back = run(new Bzip2Decoder(), cut(compressed, moreCuts));
      assert.equal(Buffer.compare(back, content), 0);
    }),
    { numRuns: 300 },
  );
});

Deno.test("bzip2: contents that end around the end of a block come back", () => {
  for (const length of [99_994, 99_995, 99_996, 99_999, 100_000, 100_001, 200_000]) {
    const content = new Uint8Array(length).map((_, i) => i * 7 ^ i >> 3);
    const compressed = run(new Bzip2Encoder(1), [content]);
    assert.equal(Buffer.compare(run(new Bzip2Decoder(), [compressed]), content), 0);
  }
});

Deno.test("bzip2: contents that repeat themselves take no longer than others", () => {
  const ms = (content: Uint8Array): number => {
    const start = performance.now();
    run(new Bzip2Encoder(9), [content]);
    return performance.now() - start;
  };
  const random = new Uint8Array(900_000).map((_, i) => Math.imul(i + 1, 2_654_435_761) >>> 24);
  const usual = Math.max(ms(random), ms(random));
  for (const period of [2, 3, 1_000, 65_537]) {
    const taken = ms(random.map((_, i) => random[i % period]));
    assert.ok(taken < 5 * usual + 500, `period ${period}: ${taken} ms, usual ${usual} ms`);
  }
});

Deno.test("bzip2: everything that is written is read at once, without waiting for more", () => {
  const content = new Uint8Array(50_000).map((_, i) => i >> 4);
  const compressed = run(new Bzip2Encoder(9), [content]);
  const decoder = new Bzip2Decoder();
  decoder.push(compressed);
  let bytes = 0;
  for (;;) {
    const chunk = decoder.pull();
    if (chunk === null) break;
    bytes += chunk.length;
  }
  assert.equal(bytes, content.length);
});

Deno.test("bzip2: a stream of random bits never does more than fail", () => {
  const header = new TextEncoder().encode("BZh91AY&SY");
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4, maxLength: 300 }), anyCuts, (noise, cuts) => {
      const stream = Buffer.concat([header, noise]);
      assert.throws(() => run(new Bzip2Decoder(), cut(stream, cuts)), EncodingError);
    }),
    { numRuns: 1_000 },
  );
});
