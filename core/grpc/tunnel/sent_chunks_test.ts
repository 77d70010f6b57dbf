import assert from "node:assert/strict";
import fc from "fast-check";
import { SentChunks } from "./sent_chunks.ts";

const LARGE = 65_536;

Deno.test("a chunk is used again only when the call has let go of it", () => {
  fc.assert(fc.property(
    fc.array(fc.record({ size: fc.constantFrom(LARGE, 20_000, 100), drain: fc.nat(3) })),
    (steps) => {
      // A call that keeps what does not fit, and lets go of whole chunks from the front.
      const kept: { chunk: Uint8Array; mark: number }[] = [];
      const sink = {
        get bufferedBytes(): number {
          return kept.reduce((sum, { chunk }) => sum + chunk.length + 10, 0);
        },
      };
      const chunks = new SentChunks(sink);
      steps.forEach(({ size, drain }, i) => {
        const mark = i & 255;
        chunks.send(new Uint8Array(size).fill(mark), (chunk) => {
          kept.push({ chunk, mark });
          if (drain === 3) kept.shift();
        });
        for (const { chunk, mark } of kept) assert.ok(chunk.every((octet) => octet === mark));
        kept.splice(0, drain);
      });
    },
  ));
});

Deno.test("chunks that went out at once are used again", () => {
  const chunks = new SentChunks({ bufferedBytes: 0 });
  const send = (size: number): ArrayBufferLike =>
    chunks.send(new Uint8Array(size), (copy) => {
      assert.equal(copy.length, size);
      return copy.buffer;
    });
  assert.equal(send(LARGE), send(30_000));
});
