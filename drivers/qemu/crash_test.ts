import { equal, match, ok, rejects } from "node:assert/strict";
import { delay } from "@jumpstarter/core/client";
import { startDeno } from "@jumpstarter/testing/process";
import { serveDriver } from "@jumpstarter/testing/serve_driver";
import { QemuClient } from "./client.ts";
import { Qemu } from "./driver.ts";
import {
  boardConfig,
  PowerSwitch,
  seeLog,
  serveBoard,
  stopAtPrompt,
  testWithBoard,
} from "./testing/board.ts";

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

testWithBoard("a QEMU that is killed is said to have crashed, and starts again", async () => {
  await using device = await serveBoard();
  const power = device.get("power", PowerSwitch);
  await power.on();
  const serial = await stopAtPrompt(device);
  const { pid } = await device.get("", QemuClient).status();
  Deno.kill(pid!, "SIGKILL");
  // The stream has ended: nobody waits for what a crashed board will not say.
  await rejects(serial.expect("never"), { name: "UnexpectedEof" });
  await serial.close();
  await seeLog(device, /^Power is off: QEMU was ended by SIGKILL: it said nothing$/);
  const status = await device.get("", QemuClient).status();
  equal(status.power, "off");
  match(status.ended!, /^QEMU was ended by SIGKILL/);
  await power.on();
  await using again = await stopAtPrompt(device);
  match(again.transcript, /U-Boot 20/);
  equal((await device.get("", QemuClient).status()).ended, undefined);
});

testWithBoard("what QEMU says when it does not start is in the error", async () => {
  await using device = await serveBoard({ cpu: "nonsense" });
  const power = device.get("power", PowerSwitch);
  await rejects(
    power.on(),
    /QEMU ended with code 1: its last lines are\n.*unable to find CPU model/,
  );
  equal((await device.get("", QemuClient).status()).power, "off");
  await power.off();
});

testWithBoard(
  "a port that is in use is in the error, and the board starts once it is free",
  async () => {
    const other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = other.addr;
    await using device = await serveBoard({ hostfwd: { ssh: { hostport: port, guestport: 22 } } });
    const power = device.get("power", PowerSwitch);
    await rejects(power.on(), new RegExp(`host forwarding rule 'tcp:127.0.0.1:${port}-:22'`));
    other.close();
    await power.on();
    await using _serial = await stopAtPrompt(device);
  },
);

Deno.test("a QEMU that is not installed is named", async () => {
  await using device = await serveDriver(Qemu, { config: { arch: "nothing" } });
  await rejects(
    device.get("power", PowerSwitch).on(),
    /Cannot start QEMU: 'qemu-system-nothing' is not installed/,
  );
});

testWithBoard("a firmware that is not there is named", async () => {
  const default_partitions = { bios: "/nowhere/u-boot.bin" };
  await using device = await serveBoard({ default_partitions });
  await rejects(
    device.get("power", PowerSwitch).on(),
    /default_partitions\.bios does not exist: current value is '\/nowhere\/u-boot\.bin'/,
  );
});

testWithBoard("a power on that is given up leaves the board off", async () => {
  await using device = await serveBoard();
  const power = device.get("power", PowerSwitch);
  const abort = new AbortController();
  const on = power.on({}, { signal: abort.signal });
  abort.abort(new Error("given up"));
  await rejects(on);
  await power.on();
  await using serial = await stopAtPrompt(device);
  match(serial.transcript, /U-Boot 20/);
});

testWithBoard("power off during power on wins", async () => {
  await using device = await serveBoard();
  const power = device.get("power", PowerSwitch);
  const on = power.on().catch(() => {});
  await power.off();
  await on;
  await power.off();
  equal((await device.get("", QemuClient).status()).power, "off");
});

testWithBoard("Ctrl-C in the exporter's terminal is not for QEMU", async () => {
  await using device = await serveBoard();
  await device.get("power", PowerSwitch).on();
  const { pid } = await device.get("", QemuClient).status();
  // proc(5): the fifth field is the process group; the second may have spaces.
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/^.*\) /, "").split(" ");
  equal(Number(fields[2]), pid);
});

testWithBoard("the end of a session leaves nothing behind", async () => {
  const device = await serveBoard();
  await device.get("power", PowerSwitch).on();
  const { pid } = await device.get("", QemuClient).status();
  const folder = Deno.readLinkSync(`/proc/${pid}/cwd`);
  ok(exists(`${folder}/vnc`));
  await device[Symbol.asyncDispose]();
  ok(!exists(`/proc/${pid}`));
  ok(!exists(folder));
});

testWithBoard("an exporter that is killed leaves nothing behind", async () => {
  const temporary = await Deno.makeTempDir({ prefix: "jmp" });
  const script = new URL("./testing/powered_board.ts", import.meta.url);
  const args = [JSON.stringify(boardConfig())];
  await using exporter = await startDeno(script, { args, env: { TMPDIR: temporary } });
  const [pid, folder] = exporter.ready;
  ok(isRunning(Number(pid)));
  const watcher = Deno.watchFs(temporary, { recursive: false });
  exporter.kill("SIGKILL");
  await exporter.status;
  // The guard does it on its own and tells nobody; the folder's removal is its last deed.
  for await (const _ of watcher) if (!exists(folder)) break;
  // It was killed before that, but a process of this size takes a while to end.
  const deadline = performance.now() + 10_000;
  while (isRunning(Number(pid)) && performance.now() < deadline) await delay(10);
  ok(!isRunning(Number(pid)));
  await Deno.remove(temporary, { recursive: true });
});

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}
