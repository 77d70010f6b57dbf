import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import fc from "fast-check";
import { serveDriver } from "@jumpstarter/testing/serve_driver";
import { UbootConsoleClient } from "./client.ts";
import { UbootConsole } from "./driver.ts";
import { UbootError } from "./shell.ts";
import { serveUboot, testWithUboot } from "./testing/uboot_board.ts";

testWithUboot("a board is stopped at its prompt, and runs commands", async () => {
  await using device = await serveUboot();
  const uboot = device.get("uboot", UbootConsoleClient);
  let seen = "";
  const decoder = new TextDecoder();
  const tee = (chunk: Uint8Array): void => void (seen += decoder.decode(chunk));
  await using shell = await uboot.rebootToConsole({ offSeconds: 0, tee });
  match(seen, /U-Boot 2/);
  match(await shell.runCommand("version"), /^U-Boot 2.*\n/);
  deepEqual(await shell.runCommandChecked("echo one; echo two"), ["one", "two"]);
  deepEqual(await shell.runCommandChecked("true"), []);
  await rejects(shell.runCommandChecked("false"), {
    name: "UbootError",
    message: "Cannot run 'false': it failed with code 1",
  });
  deepEqual(await shell.runCommandChecked("false", { check: false }), []);
  await rejects(shell.runCommand("version\nreset"), RangeError);
});

testWithUboot("a command that was given up does not spoil the next one's output", async () => {
  await using device = await serveUboot();
  const uboot = device.get("uboot", UbootConsoleClient);
  await using shell = await uboot.rebootToConsole({ offSeconds: 0 });
  await rejects(shell.runCommand("sleep 1; echo late", { timeoutMs: 200 }), {
    name: "TimeoutError",
  });
  equal((await shell.runCommand("echo next")).trim(), "next");
});

testWithUboot("the environment takes any value that can be typed", async () => {
  await using device = await serveUboot();
  const uboot = device.get("uboot", UbootConsoleClient);
  await using shell = await uboot.rebootToConsole({ offSeconds: 0 });
  equal(await shell.getEnv("nothing"), undefined);
  const values = {
    plain: "console=ttyAMA0,115200 root=/dev/vda1",
    quoted: `it's "so" 'and' so`,
    special: "a;b && c || d $x ${y} `z` \\ # | > < * ? ~",
    spaces: "  two  ",
    quote: "'",
  };
  await shell.setEnvs(values);
  for (const [key, value] of Object.entries(values)) equal(await shell.getEnv(key), value);
  const typed = fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(typed, async (value) => {
      await shell.setEnv("any", value);
      equal(await shell.getEnv("any"), value);
    }),
    { numRuns: 50 },
  );
  await shell.setEnv("plain", undefined);
  equal(await shell.getEnv("plain"), undefined);
  await rejects(shell.setEnv("a b", "x"), RangeError);
  await rejects(shell.setEnv("a", "x\ny"), RangeError);
});

testWithUboot("a board gets its address from DHCP", async () => {
  await using device = await serveUboot();
  const uboot = device.get("uboot", UbootConsoleClient);
  await using shell = await uboot.rebootToConsole({ offSeconds: 0 });
  deepEqual(await shell.setupDhcp(), {
    ipAddress: "10.0.2.15",
    gateway: "10.0.2.2",
    netmask: "255.255.255.0",
    cidr: "24",
  });
  equal(await shell.getEnv("autoload"), undefined);
});

testWithUboot("without a prompt it says what the board said last", async () => {
  await using device = await serveUboot({ prompt: "nobody says this" });
  const uboot = device.get("uboot", UbootConsoleClient);
  await rejects(uboot.rebootToConsole({ offSeconds: 0, retries: 30 }), (error: Error) => {
    ok(error instanceof UbootError);
    match(error.message, /^Failed to get U-Boot prompt: the board's last lines are\n[^]*\w/);
    return true;
  });
});

Deno.test("U-Boot's console says which child is missing", async () => {
  await using device = await serveDriver(UbootConsole);
  await rejects(
    device.get("", UbootConsoleClient).prompt(),
    /UbootConsole: power driver not configured as a child/,
  );
});
