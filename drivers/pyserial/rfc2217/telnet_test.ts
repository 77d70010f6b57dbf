import assert from "node:assert/strict";
import fc from "fast-check";
import { escapeIac, subnegotiation, Telnet, TelnetReader } from "./telnet.ts";
import { COM_PORT_OPTION, TelnetOptions } from "./telnet_options.ts";

type Event = { data: number[] } | { option: [number, number] } | { sub: number[] };

/** What a reader finds, data joined. */
function read(chunks: Iterable<Uint8Array>): Event[] {
  const events: Event[] = [];
  const reader = new TelnetReader({
    onData(bytes): void {
      const last = events.at(-1);
      if (last !== undefined && "data" in last) last.data.push(...bytes);
      else events.push({ data: [...bytes] });
    },
    onOption: (verb, option) => void events.push({ option: [verb, option] }),
    onSubnegotiation: (bytes) => void events.push({ sub: [...bytes] }),
  });
  for (const chunk of chunks) reader.push(chunk);
  return events;
}

const messages = fc.array(fc.oneof(
  fc.uint8Array({ minLength: 1 }).map((bytes) => ({
    event: { data: [...bytes] } as Event,
    wire: escapeIac(bytes),
  })),
  fc.tuple(fc.integer({ min: Telnet.WILL, max: Telnet.DONT }), fc.nat(254)).map((option) => ({
    event: { option } as Event,
    wire: new Uint8Array([Telnet.IAC, ...option]),
  })),
  fc.tuple(fc.nat(254), fc.uint8Array()).map(([option, bytes]) => ({
    event: { sub: [option, ...bytes] } as Event,
    wire: subnegotiation(option, bytes),
  })),
));

Deno.test("telnet is read back as it was written, however it is cut", () => {
  fc.assert(fc.property(messages, fc.integer({ min: 1, max: 7 }), (sent, size) => {
    const wire = Uint8Array.from(sent.flatMap((message) => [...message.wire]));
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < wire.length; at += size) chunks.push(wire.subarray(at, at + size));
    const joined: Event[] = [];
    for (const { event } of sent) {
      const last = joined.at(-1);
      if ("data" in event && last !== undefined && "data" in last) last.data.push(...event.data);
      else joined.push(structuredClone(event));
    }
    assert.deepEqual(read(chunks), joined);
  }));
});

Deno.test("two sides that ask each other come to an end, however their messages cross", () => {
  fc.assert(fc.property(fc.infiniteStream(fc.boolean()), (turns) => {
    const queues: [Uint8Array[], Uint8Array[]] = [[], []];
    const sides = queues.map((queue) => new TelnetOptions((bytes) => queue.push(bytes)));
    for (const side of sides) side.begin();
    for (let messages = 0; queues.some((queue) => queue.length > 0); messages++) {
      assert.ok(messages < 100);
      const preferred = turns.next().value ? 1 : 0;
      const from = queues[preferred].length > 0 ? preferred : 1 - preferred;
      const bytes = queues[from].shift()!;
      for (let at = 0; at < bytes.length; at += 3) {
        sides[1 - from].receive(bytes[at + 1], bytes[at + 2]);
      }
    }
    assert.ok(sides.every((side) => side.agreed(COM_PORT_OPTION)));
  }));
});

Deno.test("an option that was asked for is not answered again", () => {
  const sent: Uint8Array[] = [];
  const options = new TelnetOptions((bytes) => sent.push(bytes));
  options.begin();
  sent.length = 0;
  options.receive(Telnet.DO, 44);
  options.receive(Telnet.WILL, Telnet.BINARY);
  assert.equal(options.agreed(44), true);
  assert.deepEqual(sent, []);
  options.receive(Telnet.WILL, 24);
  assert.deepEqual(sent, [new Uint8Array([Telnet.IAC, Telnet.DONT, 24])]);
});
