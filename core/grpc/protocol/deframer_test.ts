import assert from "node:assert/strict";
import { Code, type ConnectError } from "@connectrpc/connect";
import fc from "fast-check";
import { Deframer } from "./deframer.ts";

function frame(message: Uint8Array, flag = 0): Uint8Array {
  const bytes = new Uint8Array(5 + message.length);
  bytes[0] = flag;
  new DataView(bytes.buffer).setUint32(1, message.length);
  bytes.set(message, 5);
  return bytes;
}

function concat(parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

Deno.test("deframer cuts the same messages however the payload is split and asked for", () => {
  const messages = fc.array(
    fc.record({ message: fc.uint8Array({ maxLength: 300 }), compressed: fc.boolean() }, {
      noNullPrototype: true,
    }),
    { maxLength: 12 },
  );
  fc.assert(fc.property(
    messages,
    fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }),
    fc.array(fc.boolean(), { minLength: 1 }),
    (messages, sizes, asks) => {
      const bytes = concat(messages.map((m) => frame(m.message, m.compressed ? 1 : 0)));
      const deframer = new Deframer(300);
      const got: { message: Uint8Array; compressed: boolean }[] = [];
      let credit = 0;
      const ask = (): void => {
        for (let m = deframer.next(); m !== null; m = deframer.next()) {
          got.push({ message: new Uint8Array(m), compressed: deframer.compressed });
        }
        credit += deframer.takeCredit();
      };
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const size = sizes[i % sizes.length];
        deframer.push(bytes.subarray(at, at + size));
        if (asks[i % asks.length]) ask();
        deframer.settle();
        at += size;
      }
      ask();
      assert.deepEqual(got, messages);
      assert.equal(deframer.pending, false);
      assert.equal(credit, bytes.length, "every octet is given back once");
    },
  ));
});

Deno.test("deframer gives out a message that came in one piece without a copy", () => {
  const payload = frame(new Uint8Array([1, 2, 3]));
  const deframer = new Deframer(10);
  deframer.push(payload);
  assert.equal(deframer.next()?.buffer, payload.buffer);
});

Deno.test("deframer refuses a message over the limit by its prefix, before any of it has come", () => {
  const deframer = new Deframer(1000);
  deframer.push(new Uint8Array([0, 0, 0, 3, 0xe9]));
  assert.throws(() => deframer.next(), (error: ConnectError) => {
    assert.equal(error.code, Code.ResourceExhausted);
    assert.equal(error.rawMessage, "Received message larger than max (1001 vs. 1000)");
    return true;
  });
});

Deno.test("deframer refuses flags that no message has", () => {
  const deframer = new Deframer(1000);
  deframer.push(new Uint8Array([2, 0, 0, 0, 0]));
  assert.throws(() => deframer.next(), (error: ConnectError) => error.code === Code.Internal);
});

Deno.test("deframer gives back octets only of what was asked for", () => {
  const deframer = new Deframer(1000);
  deframer.push(frame(new Uint8Array(100)));
  deframer.push(frame(new Uint8Array(100)));
  assert.equal(deframer.takeCredit(), 0);
  deframer.next();
  assert.equal(deframer.takeCredit(), 105);
});

Deno.test("deframer takes over a part of a message that is waited for, so that it may exceed the window", () => {
  const deframer = new Deframer(1000);
  deframer.push(frame(new Uint8Array(100)).subarray(0, 50));
  assert.equal(deframer.next(), null);
  assert.equal(deframer.takeCredit(), 50);
  assert.equal(deframer.pending, true);
});

Deno.test("deframer gives a promised message no memory before it comes", () => {
  const deframer = new Deframer(0xffffffff);
  const before = Deno.memoryUsage().external;
  deframer.push(new Uint8Array([0, 0x7f, 0xff, 0xff, 0xff, 1, 2, 3]));
  assert.equal(deframer.next(), null);
  assert.ok(Deno.memoryUsage().external - before < 1024 * 1024);
});

Deno.test("deframer gives back everything when it is cleared", () => {
  const deframer = new Deframer(1000);
  deframer.push(frame(new Uint8Array(100)));
  deframer.push(frame(new Uint8Array(100)).subarray(0, 7));
  deframer.next();
  assert.equal(deframer.clear(), 112);
  assert.equal(deframer.pending, false);
});
