import assert from "node:assert/strict";
import { type HookEnd, type HookProcessOptions, runHookProcess } from "./hook_process.ts";

const ENV = { PATH: Deno.env.get("PATH") ?? "" };

interface Ran {
  readonly end: HookEnd;
  readonly lines: readonly string[];
}

async function run(
  script: string,
  options: Partial<HookProcessOptions> = {},
): Promise<Ran> {
  const lines: string[] = [];
  const end = await runHookProcess({ interpreter: "/bin/sh", args: ["-c", script] }, {
    env: ENV,
    timeoutMs: 60_000,
    ...options,
    onLine: (line) => {
      lines.push(line);
      options.onLine?.(line);
    },
  });
  return { end, lines };
}

/** What its parent has not fetched yet is dead all the same. */
async function isAlive(pid: number): Promise<boolean> {
  try {
    return !/^State:\s+[ZX]/m.test(await Deno.readTextFile(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}

/** A process that was killed lets go of its terminal a moment before it is dead. */
async function untilDead(pid: number): Promise<void> {
  while (await isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 5));
}

Deno.test("a hook's lines come without line ends, empty ones left out", async () => {
  const { end, lines } = await run("printf 'one  \\n\\n\\ttwo\\n'; printf three >&2");
  assert.deepEqual(lines, ["one", "\ttwo", "three"]);
  assert.deepEqual(end, { kind: "exited", code: 0 });
});

Deno.test("a hook has a terminal of its own, in a session of its own", async () => {
  const { lines } = await run("tty; test $(ps -o sid= -p $$) -eq $$ && echo leader; stty size");
  assert.match(lines[0], /^\/dev\/pts\/\d+$/);
  assert.deepEqual(lines.slice(1), ["leader", "24 80"]);
});

Deno.test("a hook that fails tells its code", async () => {
  assert.deepEqual((await run("exit 7")).end, { kind: "exited", code: 7 });
});

Deno.test("a hook that a signal ends has the signal's number, negative, as its code", async () => {
  assert.deepEqual((await run("kill -TERM $$")).end, { kind: "exited", code: -15 });
});

Deno.test("an interpreter that is missing fails with a line that says so", async () => {
  const lines: string[] = [];
  const end = await runHookProcess({ interpreter: "/no/such/shell", args: ["-c", "true"] }, {
    env: ENV,
    timeoutMs: 60_000,
    onLine: (line) => lines.push(line),
  });
  assert.deepEqual(end, { kind: "exited", code: 127 });
  assert.match(lines[0], /\/no\/such\/shell: not found/);
});

Deno.test("a hook that takes too long ends with all that it started", async () => {
  const pids: number[] = [];
  const { end } = await run("echo $$; sleep 1000 & echo $!; sleep 1000", {
    timeoutMs: 300,
    onLine: (line) => pids.push(Number(line)),
  });
  assert.deepEqual(end, { kind: "timedOut" });
  assert.equal(pids.length, 2);
  await Promise.all(pids.map(untilDead));
});

Deno.test("a hook may clean up when its time is over", async () => {
  const { end, lines } = await run(
    "trap 'echo cleaning; exit 0' TERM; echo on; while :; do sleep 0.1; done",
    { timeoutMs: 300 },
  );
  assert.deepEqual(end, { kind: "timedOut" });
  assert.equal(lines.at(-1), "cleaning");
});

const STUBBORN = "trap '' TERM INT HUP; echo on; while :; do sleep 0.1; done";

Deno.test("a hook that ignores SIGTERM gets SIGKILL", async () => {
  const { end } = await run(STUBBORN, { timeoutMs: 300, graceMs: 100 });
  assert.deepEqual(end, { kind: "timedOut" });
});

Deno.test("what a hook started gets SIGKILL too, when the hook itself went in time", async () => {
  let pid = 0;
  const { end } = await run("(trap '' TERM HUP; while :; do sleep 0.1; done) & echo $!; wait", {
    timeoutMs: 300,
    graceMs: 100,
    onLine: (line) => pid ||= Number(line),
  });
  assert.deepEqual(end, { kind: "timedOut" });
  await untilDead(pid);
});

Deno.test("stopping ends a hook in order", async () => {
  const stop = new AbortController();
  const { end, lines } = await run(
    "trap 'echo cleaning; exit 0' TERM; echo on; while :; do sleep 0.1; done",
    { signal: stop.signal, onLine: () => stop.abort() },
  );
  assert.deepEqual(end, { kind: "stopped" });
  assert.equal(lines.at(-1), "cleaning");
});

Deno.test("force ends a hook at once, even one that ignores signals", async () => {
  const stop = new AbortController();
  const { end } = await run(STUBBORN, { force: stop.signal, onLine: () => stop.abort() });
  assert.deepEqual(end, { kind: "stopped" });
});

Deno.test("a program that a hook leaves behind neither holds it up nor is ended", async () => {
  const { end, lines } = await run("trap '' HUP; sleep 1000 & echo $!");
  assert.deepEqual(end, { kind: "exited", code: 0 });
  const pid = Number(lines[0]);
  assert.equal(await isAlive(pid), true);
  Deno.kill(pid, "SIGKILL");
});

Deno.test("what a hook's background program prints just after the end is read", async () => {
  const { lines } = await run("trap '' HUP; (sleep 0.3; echo late) & echo early");
  assert.deepEqual(lines, ["early", "late"]);
});

Deno.test("a flood of output loses no line", async () => {
  const { lines } = await run("seq 1 20000");
  assert.equal(lines.length, 20_000);
  assert.equal(lines.at(-1), "20000");
});

Deno.test("without a terminal a hook's output comes all the same, errors included", async () => {
  const { end, lines } = await run("echo out; echo error >&2; tty; exit 3", { terminal: false });
  assert.deepEqual(end, { kind: "exited", code: 3 });
  assert.deepEqual(lines.toSorted(), ["error", "not a tty", "out"]);
});

Deno.test("without a terminal a hook that takes too long ends with all that it started", async () => {
  const pids: number[] = [];
  const { end } = await run("echo $$; sleep 1000 & echo $!; wait", {
    terminal: false,
    timeoutMs: 300,
    onLine: (line) => pids.push(Number(line)),
  });
  assert.deepEqual(end, { kind: "timedOut" });
  assert.equal(pids.length, 2);
  await Promise.all(pids.map(untilDead));
});

Deno.test("without a terminal a program that a hook leaves behind does not hold it up", async () => {
  const { end, lines } = await run("sleep 1000 & echo $!", { terminal: false });
  assert.deepEqual(end, { kind: "exited", code: 0 });
  Deno.kill(Number(lines[0]), "SIGKILL");
});
