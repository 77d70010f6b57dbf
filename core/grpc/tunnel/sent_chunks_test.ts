import assert from "node:assert/strict";
import fc from "fast-check";
import { CHUNK_BYTES } from "../../stream/mod.ts";
import { SentChunks } from "./sent_chunks.ts";

Deno.test("a chunk is used again only when the call has let go of it", () => {
  fc.assert(fc.property(
    fc.array(fc.record({ size: fc.constantFrom(CHUNK_BYTES, 100), drain: fc.nat(3) })),
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
        const chunk = chunks.copy(new Uint8Array(size).fill(mark));
        const before = sink.bufferedBytes;
        kept.push({ chunk, mark });
        if (drain === 3) kept.shift();
        chunks.sent(chunk, before);
        for (const waiting of kept) assert.ok(waiting.chunk.every((o) => o === waiting.mark));
        kept.splice(0, drain);
      });
    },
  ));
});

Deno.test("chunks that went out at once are used again", () => {
  const chunks = new SentChunks({ bufferedBytes: 0 });
  const first = chunks.copy(new Uint8Array(CHUNK_BYTES));
  chunks.sent(first, 0);
  assert.equal(chunks.copy(new Uint8Array(CHUNK_BYTES)), first);
});

Deno.test("a call that does not say what it holds gets a copy each time", () => {
  const chunks = new SentChunks({});
  const first = chunks.copy(new Uint8Array(CHUNK_BYTES));
  chunks.sent(first, undefined);
  assert.notEqual(chunks.copy(new Uint8Array(CHUNK_BYTES)), first);
});
