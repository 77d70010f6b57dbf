import assert from "node:assert/strict";
import { openPty, type Pty } from "@jumpstarter/core/tty";
import { testWith } from "@jumpstarter/testing/tool";
import { type ServedDevice, serveDriver } from "@jumpstarter/testing/serve_driver";
import { PySerialClient } from "./client.ts";
import { PySerial } from "./driver.ts";
import { ByteReader, numbered, send } from "./fixture_test.ts";

/** A driver on that pty, and its client. */
async function served(pty: Pty, config: Record<string, unknown> = {}): Promise<
  { device: ServedDevice; serial: PySerialClient }
> {
  const device = await serveDriver(PySerial, { config: { url: pty.path, ...config } });
  return { device, serial: device.get("", PySerialClient) };
}

Deno.test("bytes of all values pass both ways through a tty", async () => {
  await using pty = openPty({ keepOpen: true });
  const { device, serial } = await served(pty);
  await using _device = device;
  await using stream = await serial.connect();
  const all = Uint8Array.from({ length: 4096 }, (_, at) => at);
  const fromPort = new ByteReader(stream.readable);
  const fromDevice = new ByteReader(pty.readable);
  await send(stream, all);
  assert.deepEqual(await fromDevice.bytes(all.length), all);
  await send(pty, all);
  assert.deepEqual(await fromPort.bytes(all.length), all);
});

Deno.test("output from before a stream is there for those who ask for it", async () => {
  await using pty = openPty({ keepOpen: true });
  const { device, serial } = await served(pty);
  await using _device = device;
  const pieces = serial.tail({ offset: 0n })[Symbol.asyncIterator]();
  await send(pty, "boot log\r\n");
  const { value: piece } = await pieces.next();
  assert.equal(piece.offset, 0n);
  await pieces.return?.();

  assert.equal(await replayed(serial, 10), "boot log\r\n");
  const { offset, data, end } = await serial.history({ offset: 5n });
  assert.deepEqual([offset, new TextDecoder().decode(data), end], [5n, "log\r\n", 10n]);
  const short = await serial.history({ limit: 4 });
  assert.equal(new TextDecoder().decode(short.data), "boot");
  await assert.rejects(serial.history({ limit: 0 }), /limit must be 1 to 1048576 bytes/);

  await using now = await serial.connect();
  await serial.statistics({});
  await send(pty, "prompt");
  assert.equal(await new ByteReader(now.readable).text(6), "prompt");
});

async function replayed(serial: PySerialClient, count: number): Promise<string> {
  await using stream = await serial.replay();
  return await new ByteReader(stream.readable).text(count);
}

Deno.test("a cut-off tail goes on where it was", async () => {
  await using pty = openPty({ keepOpen: true });
  const { device, serial } = await served(pty);
  await using _device = device;
  let next = 0n;
  let seen = "";
  for (let round = 0; round < 5; round++) {
    await send(pty, `line ${round}\n`);
    for await (const { offset, data } of serial.tail({ offset: next })) {
      assert.equal(offset, next);
      next += BigInt(data.length);
      seen += new TextDecoder().decode(data);
      if (seen.endsWith("\n")) break;
    }
  }
  assert.equal(seen, "line 0\nline 1\nline 2\nline 3\nline 4\n");
});

Deno.test("write sends without a stream and is counted", async () => {
  await using pty = openPty({ keepOpen: true });
  const { device, serial } = await served(pty);
  await using _device = device;
  await serial.write({ data: new TextEncoder().encode("reset\r") });
  assert.equal(await new ByteReader(pty.readable).text(6), "reset\r");
  const statistics = await serial.statistics({});
  assert.equal(statistics.bytesSent, 6n);
  assert.equal(statistics.open, true);
  assert.equal(statistics.opened, 1);
});

Deno.test("all output is appended to the log file", async () => {
  await using pty = openPty({ keepOpen: true });
  const folder = await Deno.makeTempDir();
  const file = `${folder}/console.log`;
  try {
    await Deno.writeTextFile(file, "yesterday\n");
    {
      const { device, serial } = await served(pty, { log_file: file });
      await using _device = device;
      await using stream = await serial.connect();
      await send(pty, "today\n");
      await new ByteReader(stream.readable).text(6);
    }
    assert.equal(await Deno.readTextFile(file), "yesterday\ntoday\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** What calls of a driver say that could not be made. */
async function failure(config: Record<string, unknown>): Promise<string> {
  await using device = await serveDriver(PySerial, { config });
  try {
    await device.get("", PySerialClient).statistics({});
  } catch (error) {
    return (error as Error).message;
  }
  return "none";
}

Deno.test("a log file that cannot be opened is said", async () => {
  await using pty = openPty({ keepOpen: true });
  assert.match(
    await failure({ url: pty.path, log_file: "/nowhere/console.log" }),
    /Cannot open log file '\/nowhere\/console.log'/,
  );
});

Deno.test("a full disk ends the log file, not the port", async () => {
  await using pty = openPty({ keepOpen: true });
  const { device, serial } = await served(pty, { log_file: "/dev/full" });
  await using _device = device;
  await using stream = await serial.connect();
  const reader = new ByteReader(stream.readable);
  for (const text of ["one", "two"]) {
    await send(pty, text);
    assert.equal(await reader.text(3), text);
  }
});

Deno.test("a missing device is said, with its name", async () => {
  assert.match(
    await failure({ url: "/dev/ttyNOWHERE" }),
    /Cannot open serial port '\/dev\/ttyNOWHERE'.*no such file/,
  );
});

Deno.test("without check_present a missing device fails the call, with its name", async () => {
  await using device = await serveDriver(PySerial, {
    config: { url: "/dev/ttyNOWHERE", check_present: false },
  });
  const serial = device.get("", PySerialClient);
  await assert.rejects(serial.setDtr({ value: true }), /'\/dev\/ttyNOWHERE'.*no such file/);
  await assert.rejects(
    async () => {
      await using stream = await serial.connect();
      await new ByteReader(stream.readable).bytes(1);
    },
    /'\/dev\/ttyNOWHERE'.*no such file/,
  );
  const { open, problem } = await serial.statistics({});
  assert.equal(open, false);
  assert.match(problem ?? "", /no such file/);
});

Deno.test("a port in use is refused, with the reason", async () => {
  await using pty = openPty({ keepOpen: true });
  const { device } = await served(pty);
  await using _device = device;
  assert.match(await failure({ url: pty.path }), /another program has it in use/);
});

Deno.test("a file that is no terminal is refused", async () => {
  const file = await Deno.makeTempFile();
  try {
    assert.match(await failure({ url: file }), /not a terminal/);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("a key that is mistyped is refused", async () => {
  await assert.rejects(serveDriver(PySerial, { config: { url: "loop://", baud: 9600 } }), /baud/);
  await assert.rejects(serveDriver(PySerial, { config: { url: "spy://x" } }), /loop:\/\/, socket/);
});

Deno.test("a pty has no modem lines, and says so", async () => {
  await using pty = openPty({ keepOpen: true });
  const { device, serial } = await served(pty);
  await using _device = device;
  await assert.rejects(serial.setRts({ value: true }), /Cannot set RTS/);
});

testWith("a tty is set up as its configuration says", ["stty"], async () => {
  await using pty = openPty({ keepOpen: true });
  const { device, serial } = await served(pty, {
    baudrate: 1_234_567,
    stopbits: 2,
    rtscts: true,
    xonxoff: true,
    disable_hupcl: true,
  });
  await using _device = device;
  const stty = async (): Promise<string> => {
    const { stdout } = await new Deno.Command("stty", { args: ["-a", "-F", pty.path] }).output();
    return new TextDecoder().decode(stdout);
  };
  assert.match(await stty(), /-hupcl cstopb .* crtscts/);
  assert.match(await stty(), /-icrnl .*ixon ixoff/s);
  assert.match(await stty(), /-opost .*-isig -icanon .*-echo /s);
  assert.equal((await serial.statistics({})).baudrate, 1_234_567);
  assert.equal((await serial.setBaudrate({ baudrate: 76_800 })).baudrate, 76_800);
  assert.equal((await serial.statistics({})).baudrate, 76_800);
});

Deno.test("ten seconds of 921,600 baud at once: no byte is lost while one of two watchers stalls", async () => {
  await using pty = openPty({ keepOpen: true });
  const { device, serial } = await served(pty);
  await using _device = device;
  await using stalled = await serial.connect();
  await using watching = await serial.connect();
  const total = 921_600;
  const reader = new ByteReader(watching.readable);
  const writing = (async () => {
    for (let at = 0; at < total; at += 4096) await send(pty, numbered(at, 4096));
  })();
  assert.deepEqual(await reader.bytes(total), numbered(0, total));
  await writing;
  // It stood still all the time and still has all, from the ring.
  assert.deepEqual(await new ByteReader(stalled.readable).bytes(total), numbered(0, total));
  assert.equal((await serial.statistics({})).bytesMissed, 0n);
});
