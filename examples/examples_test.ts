import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { runTool, startDeno, type ToolResult } from "@jumpstarter/testing/process";
import { findTool } from "@jumpstarter/testing/tool";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const JMP = path("../cli/jmp.ts");
const VIRTUAL = path("exporters/virtual.yaml");
const QEMU = path("exporters/board.yaml");
const UBOOT = "/usr/lib/u-boot/qemu_arm64/u-boot.bin";

/** The boards that this machine has. */
const BOARDS = [VIRTUAL, ...hasQemu() ? [QEMU] : []];

function hasQemu(): boolean {
  try {
    return findTool("qemu-system-aarch64") !== undefined && Deno.statSync(UBOOT).isFile;
  } catch {
    return false;
  }
}

/** Runs a program of this folder in `jmp shell`, as its first lines say. */
async function runInShell(board: string, ...command: string[]): Promise<string> {
  const { code, output } = await run("shell", "--exporter-config", board, "--", ...command);
  assert.equal(code, 0, output);
  return output;
}

function run(...args: string[]): Promise<ToolResult> {
  return runTool(Deno.execPath(), { args: ["run", "-A", "-q", JMP, ...args], deadlineMs: 60_000 });
}

for (const board of BOARDS) {
  const name = board.split("/").at(-1);

  Deno.test(`power_cycle.ts finds the prompt of ${name}`, async () => {
    const command = [Deno.execPath(), "run", "-A", "-q", path("power_cycle.ts")];
    assert.match(await runInShell(board, ...command), /At the prompt after \d+ ms\n$/);
  });

  Deno.test(`board_suite.ts passes on ${name}`, async () => {
    const command = [Deno.execPath(), "test", "-A", "-q", "--no-check", path("board_suite.ts")];
    const output = await runInShell(board, ...command);
    assert.match(output, /4 passed/);
  });
}

Deno.test({
  name: `upload_and_boot.ts writes a boot loader and boots it${hasQemu() ? "" : " [needs QEMU]"}`,
  ignore: !hasQemu(),
  fn: async () => {
    const command = [Deno.execPath(), "run", "-A", "-q", path("upload_and_boot.ts"), UBOOT];
    const output = await runInShell(QEMU, ...command);
    assert.match(output, /Wrote \d+ bytes in \d+ ms\nIt runs U-Boot 20/);
  },
});

Deno.test("parallel_boards.ts boots several boards, and names one that fails", async () => {
  const listen = ["--tls-grpc-listener", "127.0.0.1:0", "--tls-grpc-insecure"];
  const serve = () =>
    startDeno(new URL("../cli/jmp.ts", import.meta.url), {
      args: ["run", "--exporter-config", VIRTUAL, ...listen],
      readyPattern: /listens on \S+:(\d+)/,
    });
  await using one = await serve();
  await using two = await serve();
  const boot = (...hosts: string[]) =>
    runTool(Deno.execPath(), {
      args: ["run", "-A", "-q", path("parallel_boards.ts"), ...hosts],
      deadlineMs: 60_000,
    });
  const hosts = [one, two].map(({ port }) => `127.0.0.1:${port}`);
  const good = await boot(...hosts);
  assert.equal(good.code, 0, good.output);
  for (const host of hosts) assert.ok(good.output.includes(`${host}: Virtual board 1.0`));

  await two[Symbol.asyncDispose]();
  const bad = await boot(...hosts);
  assert.equal(bad.code, 1);
  assert.ok(bad.output.includes(`${hosts[0]}: Virtual board 1.0`), bad.output);
  assert.ok(bad.output.includes(`${hosts[1]}: failed: `), bad.output);
});
