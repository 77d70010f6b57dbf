import assert from "node:assert/strict";
import fc from "fast-check";
import { type Duplex, duplexPair } from "@jumpstarter/core/stream";
import { Console } from "./console.ts";
import { ConsoleBuffer } from "./console_buffer.ts";
import { searchFor } from "./console_search.ts";
import { ExpectError } from "./expect_error.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A console, and the device's end of it. */
function consolePair(
  options?: ConstructorParameters<typeof Console>[1],
): { board: Console; far: Duplex; say: (text: string | Uint8Array) => Promise<void> } {
  const [near, far] = duplexPair();
  const writer = far.writable.getWriter();
  const say = (text: string | Uint8Array): Promise<void> =>
    writer.write(typeof text === "string" ? bytes(text) : text);
  return { board: new Console(near, options), far, say };
}

Deno.test("a console finds text that comes in pieces, and keeps what follows", async () => {
  const { board, say } = consolePair();
  await using _ = board;
  for (const piece of ["U-Boot 2023\r\nHit any k", "ey to stop\r\n=", "> rest"]) await say(piece);
  const found = await board.expect("=> ");
  assert.equal(found.before, "U-Boot 2023\r\nHit any key to stop\r\n");
  assert.equal(found.after, "=> ");
  assert.equal(found.index, 0);
  assert.deepEqual(found.afterBytes, bytes("=> "));
  await say(" of it.");
  assert.equal(await board.readUntil("."), "rest of it.");
});

Deno.test("of several patterns the one that begins first is found, then the first listed", async () => {
  const { board, say } = consolePair();
  await using _ = board;
  await say("one two three");
  assert.equal((await board.expect(["three", /tw./, "two"])).index, 1);
  assert.equal((await board.expect([/never/, " three"])).before, "");
});

Deno.test("a regular expression has groups, by number and by name", async () => {
  const { board, say } = consolePair();
  await using _ = board;
  await say("ipaddr=10.0.2.15 name=Zo\u00eb\n");
  const ip = await board.expect(/ipaddr=(?<ip>[\d.]+) (x)?/);
  assert.deepEqual(ip.match, ["ipaddr=10.0.2.15 ", "10.0.2.15", undefined]);
  assert.equal(ip.groups?.ip, "10.0.2.15");
  assert.equal((await board.expect(/name=(\S+)\n/)).match[1], "Zo\u00eb");
});

Deno.test("a regular expression sees bytes, with flag u it sees UTF-8", async () => {
  const { board, say } = consolePair();
  await using _ = board;
  await say(new Uint8Array([0xff, 0xfe, 0xc3, 0xa9, 0x80, 0x0a]));
  const found = await board.expect(/^\xff\xfe(..)/);
  assert.deepEqual(found.afterBytes, new Uint8Array([0xff, 0xfe, 0xc3, 0xa9]));
  await say(new Uint8Array([0xc3, 0xa9, 0x78, 0x0a]));
  const unicode = await board.expect(/.x/u);
  assert.equal(unicode.after, "\u00e9x");
  assert.deepEqual(unicode.beforeBytes, new Uint8Array([0x80, 0x0a]));
});

Deno.test("a match longer than what is looked at with each chunk is found all the same", async () => {
  const { board, say } = consolePair();
  await using _ = board;
  const waiting = board.expect(/BEGIN[^]*END/, { timeoutMs: 20_000 });
  await say("noise BEGIN");
  for (let i = 0; i < 100; i++) await say("x".repeat(1000));
  await say("END more");
  const { before, after } = await waiting;
  assert.equal(before, "noise ");
  assert.equal(after.length, 5 + 100_000 + 3);
});

Deno.test("^ matches where the last match ended and nowhere else", async () => {
  const { board, say } = consolePair();
  await using _ = board;
  const waiting = board.expect([/^x/, "stop"]);
  for (let i = 0; i < 40; i++) await say("y" + "x".repeat(999));
  await say("stop");
  assert.equal((await waiting).index, 1);
  await say("x");
  assert.equal((await board.expect(/^x/)).before, "");
});

Deno.test("an error says what was wanted and the last two lines seen, and takes nothing away", async () => {
  const { board, say } = consolePair({ timeoutMs: 20 });
  await using _ = board;
  await say("first\r\n\r\nsecond line\r\nboot failed");
  await assert.rejects(board.expect(["=> ", /login:/]), (error) => {
    assert.ok(error instanceof ExpectError);
    assert.equal(error.name, "TimeoutError");
    assert.equal(error.reason, "timeout");
    assert.equal(
      error.message,
      'Cannot find "=> " or /login:/ on the console: nothing like it within 20 ms: ' +
        'last lines seen are "second line" and "boot failed"',
    );
    return true;
  });
  assert.equal((await board.expect("failed")).before, "first\r\n\r\nsecond line\r\nboot ");
});

Deno.test("a console that ends says so, after what it had is taken", async () => {
  const [near, far] = duplexPair();
  await using board = new Console(near);
  const writer = far.writable.getWriter();
  await writer.write(bytes("bye now"));
  const late = board.expect("never");
  await writer.close();
  await assert.rejects(late, { name: "UnexpectedEof", reason: "closed" });
  assert.equal((await board.expect(/bye$|now/)).after, "now");
  assert.ok(board.ended);
  await assert.rejects(board.expect("x"), /it has ended: nothing was seen$/);
});

Deno.test("a console that fails says why", async () => {
  const [near, far] = duplexPair();
  await using board = new Console(near);
  const waiting = board.expect("x");
  await far.writable.abort(new Error("Cannot read serial port: it was unplugged"));
  await assert.rejects(waiting, /it failed \(Cannot read serial port: it was unplugged\)/);
});

Deno.test("a signal gives up an expect, and only that", async () => {
  const { board, say } = consolePair();
  await using _ = board;
  const stop = new AbortController();
  const waiting = board.expect("x", { signal: stop.signal });
  await assert.rejects(board.expect("y"), /another expect is waiting/);
  stop.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
  await say("x");
  await board.expect("x");
});

Deno.test("a console keeps its newest bytes, and says how many were lost", async () => {
  const { board, say } = consolePair({ bufferBytes: 1000, transcriptBytes: 100 });
  await using _ = board;
  const waiting = board.expect("END");
  for (let i = 0; i < 10; i++) await say("a".repeat(500));
  await say("END");
  const found = await waiting;
  assert.equal(found.before.length, 997);
  assert.equal(found.lost, 5003 - 1000);
  assert.equal(board.transcript, "a".repeat(97) + "END");
});

Deno.test("all output goes to the tee, and a slow tee holds the console up", async () => {
  const seen: string[] = [];
  let release = (): void => {};
  const tee = new WritableStream<Uint8Array>({
    write(chunk): Promise<void> {
      seen.push(new TextDecoder().decode(chunk));
      return new Promise((resolve) => release = resolve);
    },
  });
  const { board, say } = consolePair({ tee });
  await say("one");
  await board.expect("one");
  await say("two");
  assert.equal(await board.drain({ quietMs: 5 }).then((b) => b.length), 0);
  release();
  await board.expect("two");
  assert.deepEqual(seen, ["one", "two"]);
  release();
  await board.close();
  assert.ok(!tee.locked);
});

Deno.test("drain takes everything until it is quiet", async () => {
  const { board, say } = consolePair({ prompt: /[$#] $/ });
  await using _ = board;
  await say("noise");
  const drained = board.drain({ quietMs: 20 });
  await say(" and more");
  assert.equal(new TextDecoder().decode(await drained), "noise and more");
  await say("login ok\r\n# ");
  assert.equal((await board.expectPrompt()).before, "login ok\r\n");
});

Deno.test("send and sendLine write what they are given", async () => {
  const { board, far } = consolePair({ lineEnding: "\r" });
  await using _ = board;
  const reader = far.readable.getReader();
  await board.sendLine("h\u00e9");
  assert.deepEqual((await reader.read()).value, bytes("h\u00e9\r"));
  await board.send(new Uint8Array([3]));
  assert.deepEqual((await reader.read()).value, new Uint8Array([3]));
});

Deno.test("closing does not wait for a device that takes nothing", async () => {
  const [near] = duplexPair({ capacity: 1 });
  const board = new Console(near);
  board.send("never taken").catch(() => {});
  board.send("nor this").catch(() => {});
  await board.close();
});

Deno.test("text is found in pieces as it is in one", () => {
  const letters = fc.constantFrom("a", "b", "ab", "ba", "aab");
  const text = fc.array(letters, { maxLength: 40 }).map((parts) => parts.join(""));
  fc.assert(fc.property(text, text, fc.array(fc.nat(9)), (hay, needle, cuts) => {
    const buffer = new ConsoleBuffer(1 << 20);
    const search = searchFor(needle.slice(0, 8));
    let found = search.next(buffer);
    for (let at = 0, i = 0; at < hay.length && found === undefined; i++) {
      const count = (cuts[i] ?? 0) + 1;
      buffer.append(bytes(hay.slice(at, at + count)));
      at += count;
      found = search.next(buffer);
    }
    assert.equal(found?.start ?? -1, hay.indexOf(needle.slice(0, 8)));
  }));
});

Deno.test("a buffer gives back the newest bytes, in order, whatever is put in and taken out", () => {
  const step = fc.record({ put: fc.uint8Array({ maxLength: 300 }), take: fc.nat(200) });
  fc.assert(fc.property(fc.array(step), fc.integer({ min: 1, max: 500 }), (steps, limit) => {
    const buffer = new ConsoleBuffer(limit);
    let held: number[] = [];
    let end = 0;
    for (const { put, take } of steps) {
      buffer.append(put);
      end += put.length;
      held = [...held, ...put].slice(-limit);
      assert.equal(buffer.end, end);
      assert.deepEqual([...buffer.view()], held);
      const count = Math.min(take, held.length);
      assert.deepEqual([...buffer.take(buffer.start + count)], held.slice(0, count));
      held = held.slice(count);
    }
  }));
});
