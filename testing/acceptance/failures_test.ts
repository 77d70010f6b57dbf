/**
 * What goes wrong with a board goes wrong in order: a clear error, other drivers go on, nothing is left behind. Each
 * against a real `jmp run`. Finer cases stand with the parts: `drivers/opendal/failure_test.ts`,
 * `drivers/qemu/crash_test.ts`, `drivers/pyserial/pyserial_test.ts` and `reconnect_test.ts`, `cli/run_test.ts`.
 */
import assert from "node:assert/strict";
import { PowerClient } from "@jumpstarter/drivers/power";
import { QemuClient } from "@jumpstarter/drivers/qemu";
import { PySerialClient } from "@jumpstarter/drivers/pyserial";
import { QEMU_BOARD, testWithQemu } from "./board.ts";
import { exporterFile, listenOn, Place, type Serving } from "./place.ts";
import { openSockets } from "./processes.ts";
import { until } from "./until.ts";

const POWER = "power: { type: jumpstarter_driver_power.driver.MockPower }";

const storage = (root: string): string => `
storage:
  type: jumpstarter_driver_opendal.driver.Opendal
  config: { scheme: fs, kwargs: { root: "${root}" } }
`;

/** Asserts that a driver which has nothing to do with it works. */
async function goesOn(exporter: Serving): Promise<void> {
  const { code, stdout, stderr } = await exporter.j("power", "read");
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /voltage=5\.0 V/);
}

/** Runs `jmp run` with a file, which has to end by itself; what it says. */
async function refused(yaml: string): Promise<string> {
  await using place = new Place();
  const file = await place.write("board.yaml", yaml);
  const { code, stdout, stderr } = await place.jmp(
    "run",
    "--exporter-config",
    file,
    ...listenOn("127.0.0.1:0"),
  );
  assert.deepEqual([code, stdout], [1, ""]);
  assert.doesNotMatch(stderr, /^ {4}at /m, "a stack is not for users");
  assert.deepEqual(place.leftovers(), []);
  return stderr;
}

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

Deno.test("an unknown type is named with its line and the nearest one, and nothing is left", async () => {
  const text = await refused(exporterFile(`
${POWER}
sd: { type: jumpstarter_driver_opendal.driver.MockStorageMuks }
`));
  assert.match(text, /board\.yaml:6:\d+: export\.sd\.type: .*MockStorageMuks.*MockStorageMux/);
});

Deno.test("bad YAML is named with its line, and nothing is left", async () => {
  const text = await refused(exporterFile("power: { type: [}"));
  assert.match(text, /board\.yaml:5:\d+/);
  const missing = await refused("kind: ExporterConfig\n");
  assert.match(missing, /board\.yaml/);
});

Deno.test("a missing device is named; other drivers go on, and nothing is left", async () => {
  await using place = new Place();
  const tty = `${place.folder}/ttyUSB7`;
  const drivers = `
${POWER}
late: { type: jumpstarter_driver_pyserial.driver.PySerial, config: { url: "${tty}", check_present: false } }
serial: { type: jumpstarter_driver_pyserial.driver.PySerial, config: { url: "${tty}" } }
`;
  await using exporter = await place.serve(drivers);
  assert.match(exporter.process.output, /serial failed/);
  for (const name of ["serial", "late"]) {
    const { code, stderr } = await exporter.j(name, "pipe", "--no-input");
    assert.notEqual(code, 0);
    assert.match(stderr, /^Error: [^\n]*ttyUSB7[^\n]*$/m);
  }
  await goesOn(exporter);
  await exporter.end();
});

Deno.test("a port in use is named, and nothing is left", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = `127.0.0.1:${taken.addr.port}`;
  await using place = new Place();
  const file = await place.write("board.yaml", exporterFile(POWER));
  assert.deepEqual(await place.jmp("run", "--exporter-config", file, ...listenOn(address)), {
    code: 1,
    stdout: "",
    stderr: `Error: Cannot listen on ${address}: somebody else does\n`,
  });
  assert.deepEqual(place.leftovers(), []);
});

testWithQemu(
  "a board's port in use is named; other drivers go on, and nothing is left",
  async () => {
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const forward = `hostfwd: { ssh: { hostport: ${taken.addr.port}, guestport: 22 } }`;
    await using place = new Place();
    await using exporter = await place.serve(
      POWER + QEMU_BOARD.replace("{ arch", `{ ${forward}, arch`),
    );
    const { code, stderr } = await exporter.j("board", "power", "on");
    assert.notEqual(code, 0);
    assert.match(stderr, new RegExp(`host forwarding rule 'tcp:127.0.0.1:${taken.addr.port}-:22'`));
    await goesOn(exporter);
    await exporter.end();
  },
);

testWithQemu(
  "a crashed QEMU is told; other drivers go on, it starts again, and nothing is left",
  async () => {
    await using place = new Place();
    await using exporter = await place.serve(POWER + QEMU_BOARD);
    {
      await using device = await exporter.connect();
      const power = device.get("board.power", PowerClient);
      const serial = device.get("board.console", PySerialClient);
      await power.on();
      {
        await using console = await serial.console();
        await console.expect("U-Boot", { timeoutMs: 30_000 });
        const { pid } = await device.get("board", QemuClient).status();
        Deno.kill(pid!, "SIGKILL");
        await assert.rejects(console.expect("never"), { name: "UnexpectedEof" });
      }
      await until(
        "the exporter says so",
        () => exporter.process.output.includes("QEMU was ended by SIGKILL"),
      );
      await goesOn(exporter);
      await power.on();
      await using console = await serial.console();
      await console.expect("U-Boot", { timeoutMs: 30_000 });
    }
    await exporter.end();
  },
);

for (const [way, signal] of [["vanishes", "SIGKILL"], ["is interrupted", "SIGINT"]] as const) {
  Deno.test(`a client that ${way} in the middle of a transfer leaves nothing; others go on`, async () => {
    await using place = new Place();
    const root = `${place.folder}/files`;
    await using exporter = await place.serve(`
${POWER}
flasher: { type: jumpstarter_driver_opendal.driver.MockFlasher }
${storage(root)}`);
    // A pipe without an end, as both a file to flash and standard input.
    const pipe = `${place.folder}/pipe`;
    await place.run(["mkfifo", pipe]);
    for (
      const words of [
        ["storage", "write-bytes", "image"],
        ["storage", "write-from-path", "image", pipe],
        ["flasher", "flash", pipe],
      ]
    ) {
      const [program, ...args] = [...place.programs.j, ...words];
      const client = new Deno.Command("sh", {
        args: ["-c", 'exec "$@" <"$0"', pipe, program, ...args],
        env: place.env(exporter.env),
        stdout: "null",
        stderr: "null",
      }).spawn();
      const feed = new Deno.Command("sh", {
        args: ["-c", `exec cat /dev/zero >'${pipe}'`],
        stderr: "null",
      }).spawn();
      const filling = (): string => words[0] === "storage" ? root : flasherFolder(place);
      await until("bytes have come", () => sizes(filling()) > 1 << 20);
      const before = names(filling());
      client.kill(signal);
      await client.status;
      await feed.status;
      await until(`${before} is gone`, () => names(filling()).length === 0);
      await goesOn(exporter);
    }
    await exporter.end();
    assert.deepEqual(names(root), []);
  });
}

function flasherFolder(place: Place): string {
  return `${place.temporary}/${names(place.temporary).find((name) => /flasher/.test(name))}`;
}

/** Bytes in the files of a folder; 0 without the folder. */
function sizes(folder: string): number {
  let total = 0;
  try {
    for (const name of names(folder)) total += Deno.statSync(`${folder}/${name}`).size;
  } catch {
    // Not there yet, or no longer.
  }
  return total;
}

Deno.test("a client that vanishes while it reads ends the call; others go on, and nothing is left", async () => {
  await using place = new Place();
  await Deno.mkdir(`${place.folder}/files`);
  const big = await Deno.create(`${place.folder}/files/big`);
  await big.truncate(1 << 30);
  big.close();
  await using exporter = await place.serve(POWER + storage(`${place.folder}/files`));
  const before = openSockets(exporter.process.pid);
  const [program, ...args] = [...place.programs.j, "storage", "read-bytes", "big"];
  await using client = new Deno.Command(program, {
    args,
    env: place.env(exporter.env),
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = client.stdout.getReader();
  await reader.read();
  client.kill("SIGKILL");
  await reader.cancel();
  await client.status;
  await until("the connection is closed", () => openSockets(exporter.process.pid) === before);
  await goesOn(exporter);
  await exporter.end();
});

Deno.test("a full disk is told; other drivers go on, and nothing is left", async (t) => {
  await using place = new Place();
  const disk = `${place.folder}/disk`;
  await Deno.mkdir(disk);
  const mounted = await place.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk])
    .then(({ code }) => code === 0, () => false);
  const image = await place.write("image", new Uint8Array(3_000_000));
  await t.step({
    name: `on a file system of 1 MiB${mounted ? "" : " [needs root]"}`,
    ignore: !mounted,
    fn: async () => {
      await Deno.mkdir(`${disk}/t`);
      await using exporter = await place.serve(
        `
${POWER}
flasher: { type: jumpstarter_driver_opendal.driver.MockFlasher }
${storage(`${disk}/files`)}`,
        { temporary: `${disk}/t` },
      );
      for (
        const words of [["storage", "write-from-path", "image", image], ["flasher", "flash", image]]
      ) {
        const { code, stdout, stderr } = await exporter.j(...words);
        assert.notEqual(code, 0);
        assert.equal(stdout, "");
        assert.match(stderr, /^[^\n]*No space left on device[^\n]*\n$/);
        await goesOn(exporter);
      }
      assert.deepEqual(names(`${disk}/files`), []);
      await exporter.end();
      assert.deepEqual(names(`${disk}/t`), []);
    },
  });
  if (mounted) await place.run(["umount", disk]);
  await t.step("on a device that is full", async () => {
    await Deno.mkdir(`${place.folder}/files`);
    await Deno.symlink("/dev/full", `${place.folder}/files/full`);
    await using exporter = await place.serve(POWER + storage(`${place.folder}/files`));
    const { code, stderr } = await exporter.j("storage", "write-from-path", "full", image);
    assert.notEqual(code, 0);
    assert.match(stderr, /^[^\n]*No space left on device[^\n]*\n$/);
    await goesOn(exporter);
    await exporter.end();
    assert.deepEqual(names(`${place.folder}/files`), ["full"]);
  });
});
