import assert from "node:assert/strict";
import { openPty, type Pty, readTermios, Termios2 } from "@jumpstarter/core/tty";
import { serveDriver } from "@jumpstarter/testing/serve_driver";
import { findTool, testWith } from "@jumpstarter/testing/tool";
import { PySerialClient } from "../client.ts";
import { PySerial } from "../driver.ts";
import { ByteReader, send } from "../fixture_test.ts";

/** Debian's ser2net in front of a device. */
interface Ser2net extends AsyncDisposable {
  readonly port: number;
}

/** A port that is free now: ser2net does not say which it took. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Starts ser2net; it accepts a little later. */
async function startSer2net(
  device: string,
  accepter = "telnet(rfc2217)",
  port = freePort(),
): Promise<Ser2net> {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/ser2net.yaml`;
  await Deno.writeTextFile(
    file,
    `connection: &lab
  accepter: ${accepter},tcp,127.0.0.1,${port}
  connector: serialdev,${device},9600n81,local
  options:
    kickolduser: true
`,
  );
  const child = new Deno.Command(findTool("ser2net")!, {
    args: ["-n", "-d", "-u", "-c", file],
    stdout: "null",
    stderr: "null",
  }).spawn();
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await child.status;
    await Deno.remove(folder, { recursive: true });
  };
  return { port, [Symbol.asyncDispose]: stop };
}

/** What ser2net has set on its device. */
function settings(pty: Pty): { baudRate: number; stopBits: number; rtscts: boolean } {
  const termios = readTermios(pty.fd);
  const control = termios.getUint32(Termios2.CFLAG, true);
  return {
    baudRate: termios.getUint32(Termios2.OSPEED, true),
    stopBits: (control & 0x40) === 0 ? 1 : 2,
    rtscts: (control & 0x80000000) !== 0,
  };
}

/** Calls until ser2net is up: each call tries at once. */
async function patiently<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!/refused/i.test((error as Error).message)) throw error;
    }
  }
}

testWith("ser2net sets its port as it is told by RFC 2217", ["ser2net"], async () => {
  await using pty = openPty({ raw: true, keepOpen: true });
  await using server = await startSer2net(pty.path);
  await using device = await serveDriver(PySerial, {
    config: {
      url: `rfc2217://127.0.0.1:${server.port}`,
      check_present: false,
      baudrate: 38_400,
      stopbits: 2,
      rtscts: true,
    },
  });
  const serial = device.get("", PySerialClient);
  await using stream = await patiently(() => serial.connect());
  assert.deepEqual(settings(pty), { baudRate: 38_400, stopBits: 2, rtscts: true });
  assert.equal((await serial.setBaudrate({ baudrate: 921_600 })).baudrate, 921_600);
  assert.equal(settings(pty).baudRate, 921_600);

  const all = Uint8Array.from({ length: 2048 }, (_, at) => at);
  await send(stream, all);
  assert.deepEqual(await new ByteReader(pty.readable).bytes(all.length), all);
  await send(pty, all);
  assert.deepEqual(await new ByteReader(stream.readable).bytes(all.length), all);
});

testWith(
  "a server that does not speak RFC 2217 is refused, with the way out",
  ["ser2net"],
  async () => {
    await using pty = openPty({ raw: true, keepOpen: true });
    await using server = await startSer2net(pty.path, "telnet");
    await using device = await serveDriver(PySerial, {
      config: { url: `rfc2217://127.0.0.1:${server.port}`, check_present: false },
    });
    const serial = device.get("", PySerialClient);
    await assert.rejects(
      patiently(() => serial.setDtr({ value: true })),
      /does not speak RFC 2217/,
    );
  },
);

testWith(
  "a server that went away is called again, and the line set up again",
  ["ser2net"],
  async () => {
    await using pty = openPty({ raw: true, keepOpen: true });
    const port = freePort();
    await using device = await serveDriver(PySerial, {
      config: { url: `rfc2217://127.0.0.1:${port}`, check_present: false, baudrate: 19_200 },
    });
    const serial = device.get("", PySerialClient);
    {
      await using _server = await startSer2net(pty.path, undefined, port);
      await patiently(() => serial.setBaudrate({ baudrate: 57_600 }));
      assert.equal(settings(pty).baudRate, 57_600);
    }
    await using _server = await startSer2net(pty.path, undefined, port);
    await using _stream = await patiently(() => serial.connect());
    assert.equal(settings(pty).baudRate, 57_600);
    assert.equal((await serial.statistics({})).opened, 2);
  },
);
