import fc from "fast-check";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  autoDecompressor,
  compressor,
  decompressor,
  type Encoding,
  EncodingError,
  ENCODINGS,
  isEncoding,
} from "./mod.ts";

/** The command that everyone else has. */
const TOOLS: Record<Encoding, string> = { gzip: "gzip", xz: "xz", bz2: "bzip2", zstd: "zstd" };

const MAX_CHUNK = 64 * 1024;

type Chunks = ReadableStream<Uint8Array<ArrayBuffer>>;
type Transform = ReadableWritablePair<Uint8Array, Uint8Array>;

function source(bytes: Uint8Array, step = 50_000): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller): void {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(at, at += step));
    },
  }, { highWaterMark: 0 });
}

async function through(
  bytes: Uint8Array,
  transform: Transform,
  step?: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source(bytes, step).pipeThrough(transform)) {
    assert.ok(chunk.length > 0 && chunk.length <= MAX_CHUNK);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function assertSame(actual: Uint8Array, expected: Uint8Array): void {
  assert.equal(actual.length, expected.length);
  assert.equal(Buffer.compare(actual, expected), 0);
}

function random(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
  return bytes;
}

/** Words, as they come in logs and file systems: neither random nor all the same. */
function words(length: number): Uint8Array {
  const text = Array.from({ length: Math.ceil(length / 8) }, (_, i) => `${i * 7919 % 1009} boot\n`);
  return new TextEncoder().encode(text.join("")).subarray(0, length);
}

async function runTool(encoding: Encoding, args: string[], input: Uint8Array): Promise<Uint8Array> {
  const child = new Deno.Command(TOOLS[encoding], {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [, output] = await Promise.all([source(input).pipeTo(child.stdin), child.output()]);
  assert.ok(output.success, new TextDecoder().decode(output.stderr));
  return output.stdout;
}

async function hasTool(encoding: Encoding): Promise<boolean> {
  try {
    const args = ["--version"];
    await new Deno.Command(TOOLS[encoding], { args, stdout: "null", stderr: "null" }).output();
    return true;
  } catch {
    return false;
  }
}

async function fails(bytes: Uint8Array, encoding: Encoding, message?: RegExp): Promise<void> {
  await assert.rejects(through(bytes, decompressor(encoding)), (error) => {
    assert.ok(error instanceof EncodingError, `${error}`);
    assert.match(error.message, new RegExp(`^Cannot decompress ${encoding}: `));
    if (message) assert.match(error.message, message);
    return true;
  });
}

/** What fills many blocks, windows and buffers of each, in bytes; to find nothing to compress takes xz and bz2 long. */
const PLENTY: Record<Encoding, number> = {
  gzip: 20 << 20,
  xz: 4 << 20,
  bz2: 8 << 20,
  zstd: 20 << 20,
};

const contents: [name: string, bytes: (encoding: Encoding) => Uint8Array, level?: number][] = [
  ["nothing", () => new Uint8Array(0)],
  ["one byte", () => Uint8Array.of(65)],
  ["100 KiB of words", () => words(100 * 1024)],
  ["100 KiB of random bytes", () => random(100 * 1024)],
  ["20 MiB of zeros", () => new Uint8Array(20 << 20), 1],
  ["plenty of random bytes", (encoding) => random(PLENTY[encoding]), 1],
];

for (const encoding of ENCODINGS) {
  const tool = TOOLS[encoding];
  const ignore = !await hasTool(encoding);

  for (const [name, make, level] of contents) {
    Deno.test({
      name: `${encoding}: ${tool} reads ${name} that we compressed, and we what it compressed`,
      ignore,
      async fn() {
        const bytes = make(encoding);
        const part = encoding === "xz" ? bytes.subarray(0, 1 << 20) : bytes;
        const ours = await through(part, compressor(encoding, { level }));
        assertSame(await runTool(encoding, ["-dc"], ours), part);
        const theirs = await runTool(encoding, level ? ["-c", `-${level}`] : ["-c"], bytes);
        assertSame(await through(theirs, decompressor(encoding)), bytes);
      },
    });
  }

  Deno.test({
    name: `${encoding}: what ${tool} compressed at its lowest and highest level comes back`,
    ignore,
    async fn() {
      const bytes = words(300_000);
      for (const level of ["-1", encoding === "zstd" ? "-19" : "-9"]) {
        assertSame(
          await through(await runTool(encoding, ["-c", level], bytes), decompressor(encoding)),
          bytes,
        );
      }
    },
  });

  Deno.test(`${encoding}: the levels that it has round-trip, others are refused`, async () => {
    const bytes = words(30_000);
    const [min, max] = { gzip: [1, 9], xz: [0, 7], bz2: [1, 9], zstd: [1, 22] }[encoding];
    for (const level of [min, min + 1, 6, max]) {
      const compressed = await through(bytes, compressor(encoding, { level }));
      assert.ok(compressed.length < bytes.length);
      assertSame(await through(compressed, decompressor(encoding)), bytes);
    }
    for (const level of [min - 1, max + 1, 1.5, NaN]) {
      assert.throws(() => compressor(encoding, { level }), RangeError);
    }
  });

  Deno.test(`${encoding}: members that follow each other are all decompressed, however they are cut`, async () => {
    const parts = [words(1_000), new Uint8Array(0), words(70_000), Uint8Array.of(1)];
    const members: Uint8Array[] = [];
    for (const part of parts) members.push(await through(part, compressor(encoding)));
    const whole = Buffer.concat(parts);
    const compressed = Buffer.concat(members);
    for (const step of [1, 7, 1_000, 1_000_000]) {
      assertSame(await through(compressed, decompressor(encoding), step), whole);
    }
    let at = 0;
    const atBoundaries = new ReadableStream<Uint8Array>({
      pull(controller): void {
        if (at === members.length) return controller.close();
        controller.enqueue(members[at++]);
      },
    });
    const joined = atBoundaries.pipeThrough(decompressor(encoding)) as Chunks;
    assertSame(await new Response(joined).bytes(), whole);
  });

  Deno.test(`${encoding}: input that is cut off anywhere is an error`, async () => {
    const compressed = await through(words(3_000), compressor(encoding));
    for (let length = 0; length < compressed.length; length++) {
      // The first bytes of bz2 and xz may already say that more is wrong than their length.
      await fails(compressed.subarray(0, length), encoding, /ends too early|no header/);
    }
    const two = Buffer.concat([compressed, compressed]);
    for (const extra of [1, 2, 10, compressed.length - 1]) {
      await fails(two.subarray(0, compressed.length + extra), encoding);
    }
  });

  Deno.test(`${encoding}: other bytes before, instead of or after the compressed ones are an error`, async () => {
    const compressed = await through(words(3_000), compressor(encoding));
    const garbage = new TextEncoder().encode("no such format at all");
    await fails(garbage, encoding);
    await fails(Buffer.concat([garbage, compressed]), encoding);
    await fails(Buffer.concat([compressed, garbage]), encoding);
    await fails(random(100_000).fill(0, 0, 8), encoding);
    const apart = async (): Promise<void> => {
      const { readable, writable } = decompressor(encoding);
      const writer = writable.getWriter();
      const writing = Promise.allSettled([
        writer.write(compressed),
        writer.write(garbage),
        writer.close(),
      ]);
      try {
        await new Response(readable as Chunks).bytes();
      } finally {
        await writing;
      }
    };
    await assert.rejects(apart, EncodingError);
  });

  Deno.test(`${encoding}: a damaged byte never gives other bytes than the true ones`, async () => {
    const bytes = words(2_000);
    const compressed = await through(bytes, compressor(encoding));
    await fc.assert(
      fc.asyncProperty(
        fc.nat(compressed.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, flip) => {
          let decompressed: Uint8Array;
          try {
            decompressed = await through(
              compressed.with(at, compressed[at] ^ flip),
              decompressor(encoding),
            );
          } catch (error) {
            assert.ok(error instanceof EncodingError, `${error}`);
            return;
          }
          // Times and flags in a header do not matter.
          assertSame(decompressed, bytes);
        },
      ),
      { numRuns: 300 },
    );
  });

  Deno.test(`${encoding}: what expands without end comes in small pieces, and only as it is read`, async () => {
    const bomb = await through(new Uint8Array(64 << 20), compressor(encoding, { level: 1 }));
    const { readable, writable } = decompressor(encoding);
    const writer = writable.getWriter();
    const writing = writer.write(bomb).catch(() => {});
    const reader = readable.getReader();
    const before = Deno.memoryUsage();
    for (let i = 0; i < 10; i++) {
      const { value } = await reader.read();
      assert.ok(value!.length <= MAX_CHUNK);
    }
    const after = Deno.memoryUsage();
    const grown = after.external - before.external;
    assert.ok(grown < 20 << 20, `${grown} bytes more are held`);
    await reader.cancel();
    await writing;
  });

  Deno.test(`${encoding}: a writer waits while the reader stands still`, async () => {
    for (const { readable, writable } of [compressor(encoding), decompressor(encoding)]) {
      const writer = writable.getWriter();
      let writes = 0;
      const writing = Array.from(
        { length: 5 },
        () => writer.write(random(1_000)).then(() => writes++, () => {}),
      );
      await turns(3);
      assert.equal(writes, 0);
      await writer.abort();
      await Promise.all(writing);
      await readable.cancel().catch(() => {});
    }
  });

  Deno.test(`${encoding}: abort and cancel end both sides, before, during and after work`, async () => {
    const reason = new Error("enough");
    for (const make of [compressor, decompressor]) {
      for (const work of [false, true]) {
        for (const way of ["abort", "cancel"]) {
          const { readable, writable } = make(encoding);
          const writer = writable.getWriter();
          const reader = readable.getReader();
          const pending: Promise<unknown>[] = [];
          if (work) {
            const input = make === compressor
              ? random(200_000)
              : await through(random(200_000), compressor(encoding, { level: 1 }));
            pending.push(writer.write(input), reader.read());
            await turns(3);
          }
          for (const promise of pending) promise.catch(() => {});
          if (way === "abort") {
            await writer.abort(reason).catch(() => {});
            await assert.rejects(reader.closed, reason);
          } else {
            await reader.cancel(reason);
            await assert.rejects(writer.closed, reason);
          }
          await Promise.allSettled(pending);
        }
      }
    }
  });

  Deno.test(`${encoding}: others get their turn while it works`, async () => {
    const bomb = await through(new Uint8Array(20 << 20), compressor(encoding, { level: 1 }));
    for (
      const work of [
        () => through(random(2 << 20), compressor(encoding, { level: 1 })),
        () => through(bomb, decompressor(encoding)),
      ]
    ) {
      let ticks = 0;
      const timer = setInterval(() => ticks++, 0);
      const start = performance.now();
      await work();
      const ms = performance.now() - start;
      clearInterval(timer);
      assert.ok(ticks >= Math.floor(ms / 100), `${ticks} ticks in ${ms} ms`);
    }
  });

  Deno.test(`${encoding}: autoDecompressor finds out by itself, however the bytes are cut`, async () => {
    const bytes = words(100_000);
    const compressed = await through(bytes, compressor(encoding));
    for (const step of [1, 5, 100_000]) {
      assertSame(await through(compressed, autoDecompressor(), step), bytes);
    }
    await assert.rejects(
      through(compressed.subarray(0, compressed.length / 2), autoDecompressor()),
      EncodingError,
    );
  });
}

Deno.test("gzip: zeros may follow the last member, as on a tape, and nothing after them", async () => {
  const member = await through(words(100), compressor("gzip"));
  for (const step of [1, 10, 1_000]) {
    const padded = Buffer.concat([member, member, new Uint8Array(512)]);
    assert.equal((await through(padded, decompressor("gzip"), step)).length, 200);
    await assert.rejects(
      through(Buffer.concat([padded, Uint8Array.of(1)]), decompressor("gzip"), step),
      /Cannot decompress gzip: other bytes follow the compressed ones/,
    );
  }
});

Deno.test({
  name: "xz: .lzma files, filters and all checks are read",
  ignore: !await hasTool("xz"),
  async fn() {
    const bytes = words(100_000);
    for (
      const args of [
        ["--format=lzma"],
        ["--check=none"],
        ["--check=crc32"],
        ["--check=sha256"],
        ["--x86", "--lzma2"],
        ["--arm", "--lzma2"],
        ["--delta=dist=4", "--lzma2=preset=9"],
        ["--block-size=10000"],
      ]
    ) {
      const compressed = await runTool("xz", ["-c", ...args], bytes);
      assertSame(await through(compressed, decompressor("xz")), bytes);
    }
  },
});

Deno.test("xz: a header that asks for much memory is refused", async () => {
  // A .lzma header: properties, a dictionary of 1 GiB, and unknown size.
  const header = Uint8Array.of(0x5d, 0, 0, 0, 0x40, ...new Array(8).fill(0xff), 0, 0, 0, 0, 0, 0);
  await fails(header, "xz", /more than 192 MiB of memory/);
});

Deno.test("zstd: skippable frames are skipped", async () => {
  const frame = await through(words(1_000), compressor("zstd"));
  const skippable = Uint8Array.of(0x5f, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3);
  const empty = Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0);
  const compressed = Buffer.concat([skippable, frame, empty, frame, skippable]);
  for (const step of [1, 6, 1_000]) {
    assert.equal((await through(compressed, decompressor("zstd"), step)).length, 2_000);
  }
});

Deno.test({
  name: "zstd: frames with and without checksum, size and long windows are read",
  ignore: !await hasTool("zstd"),
  async fn() {
    const bytes = words(3_000_000);
    for (const args of [["--no-check"], ["--no-content-size"], ["--long=27"], ["--ultra", "-22"]]) {
      const compressed = await runTool("zstd", ["-c", ...args], bytes);
      assertSame(await through(compressed, decompressor("zstd")), bytes);
    }
  },
});

Deno.test("autoDecompressor passes on what is not compressed, short or long", async () => {
  for (const length of [0, 1, 5, 6, 7, 200_000]) {
    assertSame(await through(words(length), autoDecompressor()), words(length));
    assertSame(await through(words(length), autoDecompressor(), 3), words(length));
  }
});

Deno.test("isEncoding knows upstream's four names", () => {
  assert.deepEqual(["gzip", "xz", "bz2", "zstd"].map(isEncoding), [true, true, true, true]);
  assert.deepEqual(["", "gz", "bzip2", "toString", "GZIP"].some(isEncoding), false);
});

/** Lets timers and I/O have some turns. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setTimeout(resolve, 0));
}
