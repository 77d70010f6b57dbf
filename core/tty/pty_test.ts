import assert from "node:assert/strict";
import { openPty, openTty, spawnOnPty, TtyStream } from "./mod.ts";

const encoder = new TextEncoder();

async function readAll(readable: ReadableStream<Uint8Array>): Promise<string> {
  return await new Response(readable as ReadableStream<Uint8Array<ArrayBuffer>>).text();
}

async function readUntil(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  end: string,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  while (!text.includes(end)) {
    const { value, done } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  return text;
}

Deno.test("a program on a pty has a controlling terminal of the size asked for", async () => {
  const { pty, status } = spawnOnPty("/bin/sh", {
    args: ["-c", "tty; stty size; echo to the terminal >/dev/tty; test -t 0 -a -t 1 -a -t 2"],
    size: { columns: 132, rows: 43 },
  });
  const text = await readAll(pty.readable);
  assert.equal(text, `${pty.path}\r\n43 132\r\nto the terminal\r\n`);
  assert.equal((await status).code, 0);
  await pty[Symbol.asyncDispose]();
});

Deno.test("a program on a pty gets the environment given and no other", async () => {
  const { pty, status } = spawnOnPty("/usr/bin/env", { env: { ONLY: "this" } });
  const text = await readAll(pty.readable);
  assert.match(text, /^ONLY=this\r$/m);
  assert.doesNotMatch(text, /^HOME=/m);
  await status;
  await pty[Symbol.asyncDispose]();
});

Deno.test("a program on a pty is talked to as a person would", async () => {
  const { pty, status } = spawnOnPty("/bin/sh", {
    args: ["-c", 'read name; echo "hello $name"'],
  });
  const writer = pty.writable.getWriter();
  await writer.write(encoder.encode("board\n"));
  assert.equal(await readAll(pty.readable), "board\r\nhello board\r\n");
  assert.equal((await status).code, 0);
  await pty[Symbol.asyncDispose]();
});

Deno.test("a signal to the group reaches the programs that the program started", async () => {
  const { pty, status, signalGroup } = spawnOnPty("/bin/sh", {
    args: ["-c", "trap '' HUP; sleep 1000 & echo started; wait"],
  });
  const reader = pty.readable.getReader();
  await readUntil(reader, "started");
  assert.equal(signalGroup("SIGKILL"), true);
  assert.equal((await status).signal, "SIGKILL");
  // The end comes only when the sleep has let go of the terminal too.
  assert.equal(await readUntil(reader, "never"), "");
  await pty[Symbol.asyncDispose]();
});

Deno.test("closing a pty hangs up on its program", async () => {
  const { pty, status } = spawnOnPty("/bin/sh", { args: ["-c", "echo on; exec sleep 1000"] });
  await readUntil(pty.readable.getReader(), "on");
  pty.close();
  assert.equal((await status).signal, "SIGHUP");
});

Deno.test("a raw pty carries all bytes both ways unchanged, a megabyte at once", async () => {
  await using pty = openPty({ raw: true, keepOpen: true });
  await using device = new TtyStream(openTty(pty.path));
  const sent = new Uint8Array(1 << 20).map((_, i) => (i * 7 + (i >> 8)) & 0xff);
  for (const [from, to] of [[pty, device], [device, pty]]) {
    const writer = from.writable.getWriter();
    const written = writer.write(sent).then(() => writer.releaseLock());
    const got = new Uint8Array(sent.length);
    const reader = to.readable.getReader();
    for (let at = 0; at < got.length;) {
      const { value } = await reader.read();
      got.set(value!, at);
      at += value!.length;
    }
    reader.releaseLock();
    await written;
    assert.deepEqual(got, sent);
  }
});

Deno.test("a pty that nobody reads holds the writer back", async () => {
  await using pty = openPty({ raw: true, keepOpen: true });
  await using device = new TtyStream(openTty(pty.path));
  const writer = device.writable.getWriter();
  const written = writer.write(new Uint8Array(1 << 20)).then(() => "all", () => "stopped");
  const reader = pty.readable.getReader();
  await reader.read();
  device.close();
  assert.equal(await written, "stopped");
});

Deno.test("aborting ends a write that waits for the other end", async () => {
  await using pty = openPty({ raw: true, keepOpen: true });
  await using device = new TtyStream(openTty(pty.path));
  const writer = device.writable.getWriter();
  const written = assert.rejects(writer.write(new Uint8Array(1 << 20)), /enough/);
  await writer.abort(new Error("enough"));
  await written;
});

Deno.test("a device whose other end goes reads to its end", async () => {
  await using pty = openPty({ raw: true, keepOpen: true });
  await using device = new TtyStream(openTty(pty.path));
  const reader = device.readable.getReader();
  const read = reader.read();
  pty.close();
  assert.equal((await read).done, true);
});

Deno.test("closing ends a read that waits", async () => {
  await using pty = openPty({ keepOpen: true });
  const read = pty.readable.getReader().read();
  pty.close();
  assert.equal((await read).done, true);
});

Deno.test("a tty that is missing is a clear error with its code", () => {
  assert.throws(() => openTty("/dev/ttyNONE"), {
    name: "NotFound",
    code: "ENOENT",
    message: "Cannot open '/dev/ttyNONE': no such file or directory (ENOENT)",
  });
});

Deno.test("many ptys are open at once, and small files can still be read", async () => {
  const all = Array.from({ length: 50 }, () => openPty({ raw: true, keepOpen: true }));
  const reads = all.map((pty) => pty.readable.getReader().read());
  await Deno.readTextFile(new URL(import.meta.url));
  const devices = all.map((pty) => new TtyStream(openTty(pty.path)));
  await Promise.all(
    devices.map((device, i) => device.writable.getWriter().write(encoder.encode(`${i}`))),
  );
  const texts = (await Promise.all(reads)).map(({ value }) => new TextDecoder().decode(value));
  assert.deepEqual(texts, all.map((_, i) => `${i}`));
  for (const tty of [...devices, ...all]) await tty[Symbol.asyncDispose]();
});
