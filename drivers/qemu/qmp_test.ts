import { deepEqual, equal, rejects } from "node:assert/strict";
import { duplexPair } from "@jumpstarter/core/stream";
import { QmpClient, type QmpEvent } from "./qmp.ts";

const GREETING = `{"QMP": {"version": {}, "capabilities": []}}\r\n`;

/** QEMU's end of a connection, typed by hand, and what the client makes of it. */
function pair(): {
  events: QmpEvent[];
  opening: Promise<QmpClient>;
  say(text: string): Promise<void>;
  heard(): Promise<Record<string, unknown>>;
  hangUp(): Promise<void>;
} {
  const [near, far] = duplexPair();
  const writer = far.writable.getWriter();
  const reader = far.readable.pipeThrough(new TextDecoderStream()).getReader();
  const events: QmpEvent[] = [];
  const opening = QmpClient.open({ ...near, close: () => {} }, (event) => events.push(event));
  opening.catch(() => {});
  return {
    events,
    opening,
    say: (text) => writer.write(new TextEncoder().encode(text)),
    heard: async () => JSON.parse((await reader.read()).value!),
    hangUp: () => writer.close(),
  };
}

/** The same, past the greeting. */
async function openPair(): Promise<{ qemu: ReturnType<typeof pair>; client: QmpClient }> {
  const qemu = pair();
  await qemu.say(GREETING);
  await qemu.heard();
  await qemu.say(`{"return": {}, "id": 1}\r\n`);
  return { qemu, client: await qemu.opening };
}

Deno.test("a command gets its answer, however the bytes and other messages come", async () => {
  const qemu = pair();
  for (const piece of [GREETING.slice(0, 9), GREETING.slice(9)]) await qemu.say(piece);
  equal((await qemu.heard()).execute, "qmp_capabilities");
  await qemu.say(`{"return": {}, "id": 1}\r\n`);
  const client = await qemu.opening;
  const [one, other] = [client.execute("one"), client.execute("other", { a: 1 })];
  deepEqual(await qemu.heard(), { execute: "one", arguments: {}, id: 2 });
  deepEqual(await qemu.heard(), { execute: "other", arguments: { a: 1 }, id: 3 });
  await qemu.say(`{"return": "b", "id": 3}\r\n{"event": "RESET"}\r\n{"return": "a", "id": 2}\r\n`);
  deepEqual([await one, await other], ["a", "b"]);
  deepEqual(qemu.events, [{ event: "RESET" }]);
  client.close();
});

Deno.test("a refused command fails with QEMU's reason", async () => {
  const { qemu, client } = await openPair();
  const failing = client.execute("eject");
  await qemu.say(`{"error": {"class": "GenericError", "desc": "no such drive"}, "id": 2}\r\n`);
  await rejects(failing, {
    name: "QmpError",
    message: "Cannot execute 'eject' in QEMU: no such drive",
  });
  client.close();
});

Deno.test("commands fail when the connection ends, or says what is no JSON", async () => {
  for (const end of ["hang up", "nonsense"]) {
    const { qemu, client } = await openPair();
    const pending = client.execute("cont");
    pending.catch(() => {});
    if (end === "hang up") await qemu.hangUp();
    else await qemu.say("nonsense\r\n");
    await rejects(pending, { name: "QmpError" });
    await rejects(client.execute("cont"), { name: "QmpError" });
  }
});

Deno.test("waiting for an answer can be given up", async () => {
  const { client } = await openPair();
  const abort = new AbortController();
  const pending = client.execute("cont", {}, { signal: abort.signal });
  abort.abort(new Error("enough"));
  await rejects(pending, /enough/);
  client.close();
});
