import assert from "node:assert/strict";
import { openPty } from "@jumpstarter/core/tty";
import { testWith } from "@jumpstarter/testing/tool";
import { serveDriver } from "@jumpstarter/testing/serve_driver";
import { PySerialClient } from "./client.ts";
import { PySerial } from "./driver.ts";
import { ByteReader, send } from "./fixture_test.ts";

Deno.test("a tty that is unplugged and plugged in again goes on in the same streams", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const link = `${folder}/ttyUSB0`;
    const first = openPty({ keepOpen: true });
    await Deno.symlink(first.path, link);
    await using device = await serveDriver(PySerial, { config: { url: link } });
    const serial = device.get("", PySerialClient);
    await using stream = await serial.connect();
    const reader = new ByteReader(stream.readable);
    await send(first, "before");
    assert.equal(await reader.text(6), "before");

    await Deno.remove(link);
    await first[Symbol.asyncDispose]();
    // What is typed before the exporter has noticed goes to a port that is gone.
    const signal = AbortSignal.timeout(20_000);
    for await (const { message } of device.logs({ signal })) {
      if (/went away/.test(message)) break;
    }
    const typed = send(stream, "typed meanwhile");
    await using second = openPty({ keepOpen: true });
    await Deno.symlink(second.path, link);
    assert.equal(await new ByteReader(second.readable).text(15), "typed meanwhile");
    await typed;
    await send(second, "after");
    assert.equal(await reader.text(5), "after");
    assert.equal((await serial.statistics({})).opened, 2);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("socket:// is called again when the server hung up", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = listener.accept();
  const url = `socket://127.0.0.1:${listener.addr.port}`;
  await using device = await serveDriver(PySerial, { config: { url } });
  const serial = device.get("", PySerialClient);
  await using stream = await serial.connect();
  const reader = new ByteReader(stream.readable);
  const greet = async (conn: Deno.Conn, text: string): Promise<void> => {
    await conn.write(new TextEncoder().encode(text));
    assert.equal(await reader.text(text.length), text);
  };
  {
    using conn = await accepting;
    await greet(conn, "first");
  }
  using conn = await listener.accept();
  await greet(conn, "second");
  await send(stream, "typed");
  const typed = new Uint8Array(5);
  assert.equal(await conn.read(typed), 5);
  assert.equal(new TextDecoder().decode(typed), "typed");
  const { opened, open } = await serial.statistics({});
  assert.deepEqual([opened, open], [2, true]);
  await assert.rejects(serial.setDtr({ value: true }), /has no such lines/);
});

Deno.test("a server that is not there fails the call, with its address", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const url = `socket://127.0.0.1:${port}`;
  await using device = await serveDriver(PySerial, { config: { url, check_present: false } });
  const serial = device.get("", PySerialClient);
  await assert.rejects(
    serial.write({ data: new Uint8Array(1) }),
    new RegExp(`cannot connect to 127.0.0.1:${port}: .*refused`, "i"),
  );
});

testWith(
  "socat's pty serves as a port, and socat's TCP server as socket://",
  ["socat"],
  async () => {
    const folder = await Deno.makeTempDir();
    const socat = new Deno.Command("socat", {
      args: [`pty,raw,echo=0,link=${folder}/a`, `pty,raw,echo=0,link=${folder}/b`],
    }).spawn();
    try {
      await using one = await serveDriver(PySerial, {
        config: { url: `${folder}/a`, check_present: false },
      });
      await using other = await serveDriver(PySerial, {
        config: { url: `${folder}/b`, check_present: false },
      });
      await using near = await connectPatiently(one.get("", PySerialClient));
      await using far = await connectPatiently(other.get("", PySerialClient));
      await send(near, "there");
      assert.equal(await new ByteReader(far.readable).text(5), "there");
      await send(far, "and back");
      assert.equal(await new ByteReader(near.readable).text(8), "and back");
    } finally {
      socat.kill();
      await socat.status;
      await Deno.remove(folder, { recursive: true });
    }
  },
);

/** Connects as soon as the port is there: each call tries it at once. */
async function connectPatiently(serial: PySerialClient): ReturnType<PySerialClient["connect"]> {
  for (;;) {
    const { open } = await serial.statistics({});
    if (open) return await serial.connect();
  }
}
