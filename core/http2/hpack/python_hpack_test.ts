// Our HPACK against python's `hpack`, a codec of other authors: what one writes the other
// reads, and of damaged blocks both make the same. The seeds are fixed: a failure repeats.
import assert from "node:assert/strict";
import fc from "fast-check";
import { Http2Error } from "../errors.ts";
import type { Field, FieldList } from "../fields.ts";
import { HpackDecoder } from "./decoder.ts";
import { HpackEncoder } from "./encoder.ts";

const venv = Deno.env.get("JMP_TEST_VENV") ?? `${Deno.env.get("HOME")}/.cache/jmp-test/venv`;
const python = `${venv}/bin/python`;

/** Why the comparison cannot run, or `undefined`. CI has the environment: there the test fails instead. */
const missing = Deno.env.get("CI") === "true" ? undefined : whyMissing();

function whyMissing(): string | undefined {
  try {
    const { success } = new Deno.Command(python, { args: ["-c", "import hpack"] }).outputSync();
    return success ? undefined : `${python} has no module 'hpack'`;
  } catch {
    return `${python} does not exist`;
  }
}

/** What happens before one block is encoded or decoded. */
interface Step {
  /** SETTINGS_HEADER_TABLE_SIZE values that take effect, in order. */
  sizes: number[];
}
interface EncodeStep extends Step {
  fields: FieldList;
  huffman: boolean;
  never: boolean;
}
interface DecodeStep extends Step {
  block: string;
}
interface Decoded {
  lists: FieldList[];
  error: string | null;
}

/** A python process that answers requests one by one. */
class PythonHpack implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStreamDefaultReader<Uint8Array>;
  #text = "";
  readonly #decoder = new TextDecoder();

  constructor() {
    const script = `${import.meta.dirname}/testdata/python_hpack.py`;
    const child = new Deno.Command(python, { args: [script], stdin: "piped", stdout: "piped" });
    this.#child = child.spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#output = this.#child.stdout.getReader();
  }

  async encode(steps: EncodeStep[]): Promise<string[]> {
    return (await this.#ask({ op: "encode", steps }) as { blocks: string[] }).blocks;
  }

  async decode(steps: DecodeStep[]): Promise<Decoded> {
    return await this.#ask({ op: "decode", steps }) as Decoded;
  }

  async #ask(request: unknown): Promise<unknown> {
    await this.#input.write(new TextEncoder().encode(JSON.stringify(request) + "\n"));
    let end: number;
    while ((end = this.#text.indexOf("\n")) < 0) {
      const { value, done } = await this.#output.read();
      if (done) throw new Error("Cannot ask python: process ended");
      this.#text += this.#decoder.decode(value, { stream: true });
    }
    const answer = JSON.parse(this.#text.slice(0, end));
    this.#text = this.#text.slice(end + 1);
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close().catch(() => {});
    await this.#output.cancel();
    await this.#child.status;
  }
}

function encodeOurs(steps: EncodeStep[]): string[] {
  const encoder = new HpackEncoder({ maxTableSize: 65_536, huffman: steps[0]?.huffman ?? true });
  return steps.map(({ sizes, fields }) => {
    for (const size of sizes) encoder.setPeerTableSize(size);
    return String.fromCharCode(...encoder.encode(fields));
  });
}

function decodeOurs(steps: DecodeStep[]): Decoded {
  const decoder = new HpackDecoder({ maxListSize: Infinity });
  const lists: FieldList[] = [];
  try {
    for (const { sizes, block } of steps) {
      for (const size of sizes) decoder.setMaxTableSize(size);
      lists.push(decoder.decode(Uint8Array.from(block, (octet) => octet.charCodeAt(0))));
    }
  } catch (error) {
    if (!(error instanceof Http2Error)) throw error;
    return { lists, error: error.message };
  }
  return { lists, error: null };
}

const octets = fc.uint8Array({ maxLength: 24, size: "max" })
  .map((octets) => String.fromCharCode(...octets));
const field: fc.Arbitrary<Field> = fc.tuple(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom(":path", ":status", "cookie", "te", "grpc-timeout", "x"),
    },
    { weight: 1, arbitrary: octets.map((name) => name + "x") },
  ),
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom("", "200", "trailers", "a".repeat(70), "\xff\x80") },
    { weight: 3, arbitrary: octets },
    { weight: 1, arbitrary: fc.nat(3000).map((length) => "wide ".repeat(length / 5)) },
  ),
);
const encodeStep: fc.Arbitrary<EncodeStep> = fc.record({
  fields: fc.array(field, { maxLength: 8 }),
  huffman: fc.boolean(),
  never: fc.boolean(),
  // One change between two blocks: of more, python's decoder does not ask for the smallest (RFC 7541 §4.2).
  sizes: fc.array(fc.constantFrom(0, 40, 300, 4096, 20_000), { maxLength: 1 }),
});
const encodeSteps = fc.array(encodeStep, { minLength: 1, maxLength: 6, size: "max" });

interface Damage {
  step: number;
  at: number;
  kind: "set" | "insert" | "delete" | "flip" | "cut";
  octet: number;
}
const damage: fc.Arbitrary<Damage> = fc.record({
  step: fc.nat(5),
  at: fc.nat(60),
  kind: fc.constantFrom("set", "insert", "delete", "flip", "cut"),
  octet: fc.oneof(fc.nat(255), fc.constantFrom(0x00, 0x20, 0x3f, 0x7f, 0x80, 0xbe, 0xff)),
});

function damaged(blocks: string[], { step, at, kind, octet }: Damage): void {
  step %= blocks.length;
  const block = blocks[step];
  at %= block.length + 1;
  const other = String.fromCharCode(octet);
  const flipped = String.fromCharCode(block.charCodeAt(at) ^ 1 << (octet & 7));
  const [middle, rest] = {
    set: [other, at + 1],
    insert: [other, at],
    delete: ["", at + 1],
    flip: [at < block.length ? flipped : "", at + 1],
    cut: ["", block.length],
  }[kind] as [string, number];
  blocks[step] = block.slice(0, at) + middle + block.slice(rest);
}

/** Both must stop at the same block, or not at all, and have read the same before. */
function compare(ours: Decoded, theirs: Decoded): void {
  // Python reads integers of more octets and above 2^32; RFC 7541 §5.1 leaves the limit to each.
  const lenient = ours.error?.includes("integer must be below 2^32") ?? false;
  if (lenient) theirs = { lists: theirs.lists.slice(0, ours.lists.length), error: ours.error };
  assert.deepEqual(ours.lists, theirs.lists);
  assert.equal(ours.error === null, theirs.error === null, `${ours.error} / ${theirs.error}`);
}

const name = "python's hpack and ours understand each other, and refuse the same";

Deno.test({
  name: missing === undefined ? name : `${name} (left out: ${missing})`,
  ignore: missing !== undefined,
  async fn(t) {
    await using peer = new PythonHpack();

    await t.step("python reads what we write", async () => {
      await fc.assert(
        fc.asyncProperty(encodeSteps, async (steps) => {
          const blocks = encodeOurs(steps);
          const decoded = await peer.decode(
            steps.map(({ sizes }, i) => ({ sizes, block: blocks[i] })),
          );
          assert.deepEqual(decoded, { lists: steps.map(({ fields }) => fields), error: null });
        }),
        { seed: 7541, numRuns: 700 },
      );
    });

    await t.step("we read what python writes", async () => {
      await fc.assert(
        fc.asyncProperty(encodeSteps, async (steps) => {
          const blocks = await peer.encode(steps);
          const decoded = decodeOurs(steps.map(({ sizes }, i) => ({ sizes, block: blocks[i] })));
          assert.deepEqual(decoded, { lists: steps.map(({ fields }) => fields), error: null });
        }),
        { seed: 7541, numRuns: 700 },
      );
    });

    await t.step("of damaged blocks both make the same", async () => {
      const damages = fc.array(damage, { minLength: 1, maxLength: 4 });
      let refused = 0;
      const numRuns = 1000;
      await fc.assert(
        fc.asyncProperty(encodeSteps, damages, fc.boolean(), async (steps, damages, python) => {
          const blocks = python ? await peer.encode(steps) : encodeOurs(steps);
          for (const damage of damages) damaged(blocks, damage);
          const damagedSteps = steps.map(({ sizes }, i) => ({ sizes, block: blocks[i] }));
          const ours = decodeOurs(damagedSteps);
          compare(ours, await peer.decode(damagedSteps));
          if (ours.error !== null) refused++;
        }),
        { seed: 7541, numRuns },
      );
      // Both outcomes must be met, or the damage is too much or too little to show anything.
      assert.ok(refused > numRuns / 10 && refused < numRuns * 9 / 10, `refused: ${refused}`);
    });

    await t.step("of random octets both make the same", async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(octets, { maxLength: 4, size: "max" }), async (blocks) => {
          const steps = blocks.map((block) => ({ sizes: [], block }));
          compare(decodeOurs(steps), await peer.decode(steps));
        }),
        { seed: 7541, numRuns: 500 },
      );
    });
  },
});
