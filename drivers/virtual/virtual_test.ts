import { CompositeClient } from "../composite/mod.ts";
import { PowerClient } from "../power/mod.ts";
import { PySerialClient } from "../pyserial/mod.ts";
import type { Console } from "../network/mod.ts";
import { type ServedDevice, serveDriver } from "@jumpstarter/testing/serve_driver";
import assert from "node:assert/strict";
import { VirtualBoard } from "./mod.ts";

/** Not that of md5sum's output, which is U-Boot's. */
const PROMPT = /(?<!=)=> /;

/** Serves a board, opens its console, and switches it on. */
async function start(): Promise<{ device: ServedDevice; power: PowerClient; console: Console }> {
  const device = await serveDriver(VirtualBoard, { config: { boot_ms: 0 } });
  const power = device.get("power", PowerClient);
  const console = await device.get("console", PySerialClient).console({ prompt: PROMPT });
  await power.on();
  return { device, power, console };
}

/** Runs commands at the prompt of a board that has booted; gives what each printed. */
async function type(console: Console, ...commands: string[]): Promise<string[]> {
  const outputs: string[] = [];
  for (const command of commands) {
    await console.sendLine(command);
    const { before } = await console.expectPrompt();
    const text = before.replaceAll("\r", "");
    assert.ok(text.startsWith(`${command}\n`), `no echo of '${command}' in '${text}'`);
    outputs.push(text.slice(command.length + 1).trimEnd());
  }
  return outputs;
}

Deno.test("a virtual board boots to its prompt and runs commands", async () => {
  const { device, console } = await start();
  await using _device = device;
  await using _console = console;
  const { before } = await console.expectPrompt();
  assert.match(before, /Virtual board 1\.0[^]*DRAM: {2}512 MiB[^]*autoboot: {2}0\r\n$/);
  assert.deepEqual(
    await type(
      console,
      "version",
      "echo a  b 'c  d' \"e\" f#g # h",
      "false; echo $?; true; echo $?",
      "setenv x 'a; b'",
      "printenv x; setenv x; printenv x",
      "md5sum 0x40000000 10",
      "nonsense",
      "echo $HOME $(id) `id` *",
      "md5sum 1x 1; md5sum 99999999999999999999 1",
    ),
    [
      "Virtual board 1.0 (a program of Jumpstarter)",
      "a b c  d e f#g",
      "1\n0",
      "",
      'x=a; b\n## Error: "x" not defined',
      "md5 for 40000000 ... 4000000f ==> 4ae71336e44bf9bf79d2752e234818a5",
      "Unknown command 'nonsense' - try 'help'",
      "$HOME $(id) `id` *",
      "Usage: md5sum ADDRESS COUNT\nUsage: md5sum ADDRESS COUNT",
    ],
  );
});

Deno.test("every command that help lists is there", async () => {
  const { device, console } = await start();
  await using _device = device;
  await using _console = console;
  await console.expectPrompt();
  const [help] = await type(console, "help");
  const names = help.split("\n").map((line) => line.split(" ")[0]);
  assert.ok(names.length >= 10);
  for (const name of names.filter((name) => !["poweroff", "reset"].includes(name))) {
    assert.doesNotMatch((await type(console, name))[0], /Unknown command/);
  }
});

Deno.test("Ctrl-C ends a command, Escape and Ctrl-D are passed over", async () => {
  const { device, console } = await start();
  await using _device = device;
  await using _console = console;
  await console.expectPrompt();
  await console.sendLine("sleep 600");
  await console.expect("sleep 600\r\n");
  // The board may be about to start it: then Ctrl-C comes too early, and once more.
  for (let interrupted = false; !interrupted;) {
    await console.send("\x03");
    interrupted = await console.expect(/<INTERRUPT>\r\n=> /, { timeoutMs: 300 })
      .then(() => true, () => false);
  }
  await console.sendLine("\x1b\x04\x1becho \x1bok");
  await console.expect("\nok\r\n");
  await console.expectPrompt();
});

Deno.test("reset boots again, poweroff switches off, and power brings the board back", async () => {
  const { device, power, console } = await start();
  await using _device = device;
  await using _console = console;
  await console.expectPrompt();
  await type(console, "setenv x 1");
  await console.sendLine("reset");
  await console.expect("resetting ...");
  await console.expect("Virtual board");
  await console.expectPrompt();
  assert.match((await type(console, "printenv x"))[0], /not defined/);
  await console.sendLine("poweroff");
  await console.expect("poweroff ...");
  await waitForPower(power, 0);
  await power.on();
  await console.expect("Virtual board");
  await console.expectPrompt();
});

/** Waits until the power reads so. */
async function waitForPower(power: PowerClient, volts: number): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    for await (const { voltage } of power.read()) if (voltage === volts) return;
  }
  assert.fail(`power never reads ${volts} V`);
}

Deno.test("power can be switched twice, and takes the board's processes with it", async () => {
  const { device, power, console } = await start();
  await using _device = device;
  await using _console = console;
  await power.on();
  await console.expectPrompt();
  await console.sendLine("sleep 600");
  await console.expect("sleep 600\r\n");
  await waitForPower(power, 5);
  await power.off();
  await power.off();
  await waitForPower(power, 0);
});

Deno.test("the board ends with the session", async () => {
  const { device, console } = await start();
  await console.expectPrompt();
  await device[Symbol.asyncDispose]();
  await console.close();
  // The leak checks say whether its process, its terminal and its streams are gone.
});

Deno.test("a virtual board is a composite to clients", async () => {
  const { device, console } = await start();
  await using _device = device;
  await using _console = console;
  const board = device.get("", CompositeClient);
  assert.deepEqual([...board.children.keys()], ["power", "console"]);
});
