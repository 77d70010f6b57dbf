import assert from "node:assert/strict";
import { runTool, startDeno } from "./process.ts";

const PROGRAM = new URL("./testdata/program.ts", import.meta.url);

function isAlive(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGCONT");
    return true;
  } catch {
    return false;
  }
}

Deno.test("a started process hands over the words of its READY line", async () => {
  await using process = await startDeno(PROGRAM, { args: ["serve"] });
  assert.equal(process.port, 4711);
  assert.equal(process.ready[1], "second");
  assert.match(process.output, /starting/);
});

Deno.test("disposing ends a process that ignores SIGTERM", async () => {
  const process = await startDeno(PROGRAM, { args: ["stubborn"] });
  const { pid } = process;
  assert.equal(isAlive(pid), true);
  await process[Symbol.asyncDispose]();
  assert.equal(isAlive(pid), false);
  assert.match(process.output, /not me/);
});

Deno.test("disposing twice, or after the process ended by itself, changes nothing", async () => {
  const process = await startDeno(PROGRAM, { args: ["serve"] });
  process.kill("SIGKILL");
  await process.status;
  await process[Symbol.asyncDispose]();
  await process[Symbol.asyncDispose]();
});

Deno.test("a process that ends before it is ready is reported with its output", async () => {
  await assert.rejects(startDeno(PROGRAM, { args: ["fail"] }), /code 3[^]*no such board/);
});

Deno.test("a process that is not ready by the deadline is killed and reported", async () => {
  const started = startDeno(PROGRAM, { args: ["silent"], deadlineMs: 300 });
  await assert.rejects(started, /no READY line after 300 ms/);
});

Deno.test("a tool gets its input, and its code and output come back", async () => {
  const result = await runTool("/bin/sh", {
    args: ["-c", "cat; echo error >&2; exit 5"],
    stdin: new TextEncoder().encode("input"),
  });
  assert.equal(result.code, 5);
  assert.equal(new TextDecoder().decode(result.stdout), "input");
  assert.equal(result.output, "inputerror\n");
});

Deno.test("a tool that does not end by the deadline is killed and reported", async () => {
  const running = runTool("/bin/sh", { args: ["-c", "echo busy; exec sleep 60"], deadlineMs: 300 });
  await assert.rejects(running, /still running after 300 ms[^]*busy/);
});
