/**
 * Against the kernel's own serial ports: a USB gadget, a pair of FTDI adapters, a pair of 16550. They are in a small
 * guest only, CONTRIBUTING.md says how to start it.
 */
import assert from "node:assert/strict";
import { libc, makeRaw, openTty, TtyStream } from "@jumpstarter/core/tty";
import { type ServedDevice, serveDriver } from "@jumpstarter/testing/serve_driver";
import { findTool } from "@jumpstarter/testing/tool";
import { PySerialClient } from "./client.ts";
import { PySerial } from "./driver.ts";
import { ByteReader, numbered, send, until } from "./fixture_test.ts";

const inLab = Deno.env.get("JMP_LAB") === "1";
const GADGET = "/sys/kernel/config/usb_gadget/acm/UDC";
const USB_TRACE = "/sys/kernel/debug/usb/usbmon/1u";
const TIOCMBIS = 0x5416n;
const TIOCM_LOOP = 0x8000;

function labTest(name: string, run: () => Promise<void>, tool?: string): void {
  const missing = tool !== undefined && findTool(tool) === undefined;
  Deno.test({
    name: inLab && !missing
      ? name
      : `${name} [needs ${missing && inLab ? tool : "the hardware lab"}]`,
    ignore: !inLab || missing,
    fn: run,
  });
}

/** A device of the lab, by its variable. */
function path(variable: string): string {
  return Deno.env.get(variable)!;
}

function served(url: string, config: Record<string, unknown> = {}): Promise<ServedDevice> {
  return serveDriver(PySerial, { config: { url, ...config } });
}

/** The device's end of the gadget. */
function gadgetEnd(): TtyStream {
  const fd = openTty(path("JMP_LAB_SERIAL_DEVICE"));
  makeRaw(fd);
  return new TtyStream(fd);
}

/** Sends so many bytes there and back at once, and looks at each. */
async function exchange(one: PySerialClient, other: PySerialClient, count: number): Promise<void> {
  await using near = await one.connect();
  await using far = await other.connect();
  const bytes = numbered(0, count);
  const [there, back] = await Promise.all([
    new ByteReader(far.readable).bytes(count),
    new ByteReader(near.readable).bytes(count),
    send(near, bytes),
    send(far, bytes),
  ]);
  assert.deepEqual(there, bytes);
  assert.deepEqual(back, bytes);
}

labTest("a USB gadget passes all bytes, and survives being unplugged", async () => {
  await using device = await served(path("JMP_LAB_SERIAL_HOST"));
  const serial = device.get("", PySerialClient);
  await using stream = await serial.connect();
  const reader = new ByteReader(stream.readable);
  const bytes = numbered(0, 64 * 1024);
  {
    await using board = gadgetEnd();
    const [heard] = await Promise.all([reader.bytes(bytes.length), send(board, bytes)]);
    assert.deepEqual(heard, bytes);
    const [typed] = await Promise.all([
      new ByteReader(board.readable).bytes(bytes.length),
      send(stream, bytes),
    ]);
    assert.deepEqual(typed, bytes);
  }
  await Deno.writeTextFile(GADGET, "\n");
  await until("the port is gone", async () => !(await serial.statistics({})).open);
  await Deno.writeTextFile(GADGET, "dummy_udc.0\n");
  await untilOpen(serial);
  await using board = gadgetEnd();
  await send(board, "back again");
  assert.equal(await reader.text(10), "back again");
  assert.equal((await serial.statistics({})).opened, 2);
});

labTest("what is set on the line and its lines goes over USB", async () => {
  // The kernel records from when the file is opened.
  const script = `exec 3<${USB_TRACE}; echo open; exec cat <&3`;
  const trace = new Deno.Command("sh", { args: ["-c", script], stdout: "piped" }).spawn();
  const recording = Promise.withResolvers<void>();
  let seen = "";
  const watching = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of trace.stdout) {
      seen += decoder.decode(chunk, { stream: true });
      recording.resolve();
    }
  })();
  try {
    await recording.promise;
    await using device = await served(path("JMP_LAB_SERIAL_HOST"), {
      baudrate: 250_000,
      parity: "even",
      stopbits: 2,
      bytesize: 7,
    });
    const serial = device.get("", PySerialClient);
    await serial.setDtr({ value: false });
    await serial.setRts({ value: false });
    await serial.setDtr({ value: true });
    // This gadget takes no breaks, and says so.
    await assert.rejects(serial.sendBreak({ duration: 0.05 }), /Cannot set a break/);
  } finally {
    trace.kill();
    await watching;
    await trace.status;
  }
  // CDC PSTN 1.2 §6.3.10: rate, stop bits (2: two), parity (2: even), data bits.
  assert.match(seen, /s 21 20 0000 \w+ 0007 7 = 90d00300 020207/);
  const lines = [...seen.matchAll(/s 21 22 (\w{4})/g)].map(([, value]) => value);
  assert.ok(lines.join().includes("0003,0002,0000,0001"), lines.join());
});

labTest("two FTDI adapters pass all bytes both ways, at odd rates too", async () => {
  await using one = await served(path("JMP_LAB_FTDI_A"), { baudrate: 921_600 });
  await using other = await served(path("JMP_LAB_FTDI_B"), { baudrate: 921_600 });
  const near = one.get("", PySerialClient);
  const far = other.get("", PySerialClient);
  await exchange(near, far, 64 * 1024);
  for (const serial of [near, far]) {
    const { baudrate } = await serial.setBaudrate({ baudrate: 74_880 });
    assert.ok(Math.abs(baudrate - 74_880) < 74_880 * 0.01, `${baudrate}`);
  }
  await exchange(near, far, 4 * 1024);
});

labTest("two 16550 pass all bytes both ways and count no errors", async () => {
  await using one = await served(path("JMP_LAB_UART_A"));
  await using other = await served(path("JMP_LAB_UART_B"));
  const near = one.get("", PySerialClient);
  const far = other.get("", PySerialClient);
  await exchange(near, far, 8 * 1024);
  const { overruns, parityErrors, framingErrors } = await far.statistics({});
  assert.deepEqual([overruns, parityErrors, framingErrors], [0, 0, 0]);
});

labTest("a 16550 shows its lines, and a rate that it cannot make is refused", async () => {
  await using device = await served(path("JMP_LAB_UART_A"));
  const serial = device.get("", PySerialClient);
  joinLines(path("JMP_LAB_UART_A"));
  for (const [dtr, rts] of [[true, false], [false, true], [true, true], [false, false]]) {
    await serial.setDtr({ value: dtr });
    await serial.setRts({ value: rts });
    const lines = await serial.getModemLines();
    assert.deepEqual([lines.dtr, lines.rts, lines.dsr, lines.cts], [dtr, rts, dtr, rts]);
  }
  await assert.rejects(serial.setBaudrate({ baudrate: 1_000_000 }), /the nearest that it can make/);
  assert.equal((await serial.statistics({})).baudrate, 115_200);
});

labTest("ser2net raises and drops DTR and RTS as it is told, and tells what it sees", async () => {
  await addAddress();
  const { port } = freeAddress();
  const folder = await Deno.makeTempDir();
  const device = path("JMP_LAB_UART_A");
  await Deno.writeTextFile(
    `${folder}/ser2net.yaml`,
    `connection: &lab
  accepter: telnet(rfc2217),tcp,127.0.0.1,${port}
  connector: serialdev,${device},9600n81,local
`,
  );
  const server = new Deno.Command(findTool("ser2net")!, {
    args: ["-n", "-d", "-u", "-c", `${folder}/ser2net.yaml`],
    stderr: "null",
    stdout: "null",
  }).spawn();
  try {
    await using served = await serveDriver(PySerial, {
      config: { url: `rfc2217://127.0.0.1:${port}`, check_present: false, parity: "odd" },
    });
    const serial = served.get("", PySerialClient);
    await untilOpen(serial);
    joinLines(device);
    for (const [dtr, rts] of [[false, true], [true, false]]) {
      await serial.setDtr({ value: dtr });
      await serial.setRts({ value: rts });
      await until("the lines are seen", async () => {
        const lines = await serial.getModemLines();
        return lines.dsr === dtr && lines.cts === rts;
      });
    }
  } finally {
    server.kill("SIGKILL");
    await server.status;
    await Deno.remove(folder, { recursive: true });
  }
}, "ser2net");

/** Gives the guest an address besides the loopback's: without one the C library finds no numeric addresses for ser2net. */
async function addAddress(): Promise<void> {
  for (const words of ["tuntap add dev tap9 mode tap", "addr add 192.0.2.9/24 dev tap9"]) {
    await new Deno.Command("ip", { args: words.split(" "), stderr: "null" }).output();
  }
}

/** Waits until the port is open: each call tries at once. */
function untilOpen(serial: PySerialClient): Promise<void> {
  return until("the port is open", async () => {
    await serial.write({}).catch(() => {});
    return (await serial.statistics({})).open;
  });
}

/** Joins a 16550's output lines with its input lines, in the chip. */
function joinLines(tty: string): void {
  const fd = openTty(tty);
  try {
    const bits = new Uint8Array(new Uint32Array([TIOCM_LOOP]).buffer);
    assert.equal(libc().ioctl(fd, TIOCMBIS, bits), 0);
  } finally {
    libc().close(fd);
  }
}

/** A port that is free now. */
function freeAddress(): Deno.NetAddr {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr;
}
