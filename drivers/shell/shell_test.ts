import assert from "node:assert/strict";
import {
  type DriverCall,
  driverError,
  Logger,
  validateDriverConfig,
} from "@jumpstarter/core/driver";
import { Code } from "@connectrpc/connect";
import { Shell } from "./driver.ts";
import type { ShellDriver } from "./shell_driver.ts";

function callOf(signal: AbortSignal = new AbortController().signal): DriverCall {
  return {
    signal,
    log: new Logger("test", () => {}),
    resource: () => Promise.reject(new Error("no resources here")),
  };
}

function shellOf(raw: Record<string, unknown>): ShellDriver {
  const { config, problems } = validateDriverConfig(Shell, raw);
  assert.deepEqual(problems, []);
  return Shell.create(config, undefined as never) as ShellDriver;
}

interface Piece {
  stdout?: string;
  stderr?: string;
  returnCode?: number;
}

async function* pieces(
  shell: ShellDriver,
  method: string,
  {
    args = [] as string[],
    env = {} as Record<string, string>,
    signal = undefined as
      | AbortSignal
      | undefined,
  } = {},
): AsyncGenerator<Piece> {
  yield* shell.callMethod({ method, args, env } as never, callOf(signal)) as AsyncGenerator<Piece>;
}

async function result(...args: Parameters<typeof pieces>) {
  const all = await Array.fromAsync(pieces(...args));
  const join = (key: "stdout" | "stderr"): string => all.map((piece) => piece[key] ?? "").join("");
  return { stdout: join("stdout"), stderr: join("stderr"), code: all.at(-1)!.returnCode };
}

/** Whether a process is there and not a zombie. */
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
  } catch {
    return false;
  }
}

async function untilGone(pid: number): Promise<void> {
  while (isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 5));
}

Deno.test("a script gets its name and arguments, and its output and code come back", async () => {
  const shell = shellOf({
    methods: {
      args: 'echo "$0:$1:$2:$#"; echo oops >&2; exit 7',
      hello: { description: "greets" },
    },
  });
  assert.deepEqual(shell.getMethods(), { methods: ["args", "hello"] });
  assert.deepEqual(shell.methodsDescription, { hello: "greets" });
  assert.deepEqual(await result(shell, "args", { args: ["a b", "$HOME"] }), {
    stdout: "args:a b:$HOME:2\n",
    stderr: "oops\n",
    code: 7,
  });
  assert.deepEqual(await result(shell, "hello"), { stdout: "Hello\n", stderr: "", code: 0 });
});

Deno.test("output comes as it is written, while the script runs", async () => {
  const shell = shellOf({ methods: { ask: 'echo one; read line < "$1"; echo $line' } });
  const fifo = await Deno.makeTempFile();
  await Deno.remove(fifo);
  await new Deno.Command("mkfifo", { args: [fifo] }).output();
  const output = pieces(shell, "ask", { args: [fifo] });
  assert.equal((await output.next()).value?.stdout, "one\n");
  await Deno.writeTextFile(fifo, "two\n");
  assert.equal((await output.next()).value?.stdout, "two\n");
  assert.equal((await output.next()).value?.returnCode, 0);
  await output.return(undefined);
  await Deno.remove(fifo);
});

Deno.test("a character whose bytes come apart is put together, what is no UTF-8 replaced", async () => {
  const shell = shellOf({
    methods: {
      split: `printf '\\xe2\\x82'; echo half >&2; read line < "$1"; printf '\\xac|\\xff|'`,
    },
  });
  const fifo = await Deno.makeTempFile();
  await Deno.remove(fifo);
  await new Deno.Command("mkfifo", { args: [fifo] }).output();
  let stdout = "";
  for await (const piece of pieces(shell, "split", { args: [fifo] })) {
    stdout += piece.stdout ?? "";
    if (piece.stderr) await Deno.writeTextFile(fifo, "\n");
  }
  assert.equal(stdout, "\u20ac|\ufffd|");
  await Deno.remove(fifo);
});

Deno.test("large output on both streams arrives whole", async () => {
  const shell = shellOf({
    methods: {
      big: "head -c 5000000 /dev/zero | tr '\\0' x; head -c 2000000 /dev/zero | tr '\\0' y >&2",
    },
  });
  const { stdout, stderr, code } = await result(shell, "big");
  assert.equal(stdout, "x".repeat(5_000_000));
  assert.equal(stderr, "y".repeat(2_000_000));
  assert.equal(code, 0);
});

Deno.test("a script whose output nobody takes waits", async () => {
  const shell = shellOf({ methods: { flood: "echo $$; exec yes" } });
  const output = pieces(shell, "flood");
  const pid = Number.parseInt((await output.next()).value!.stdout!);
  const state = (): string => /\) (\w)/.exec(Deno.readTextFileSync(`/proc/${pid}/stat`))![1];
  const io = (): string => Deno.readTextFileSync(`/proc/${pid}/io`).match(/wchar: (\d+)/)![1];
  // Blocked in a write: it sleeps, and writes no more.
  for (let before = ""; state() !== "S" || before !== io();) {
    before = io();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.ok(Number(io()) < 4 << 20);
  await output.return(undefined);
  await untilGone(pid);
});

Deno.test("a caller that stops ends the script, and all that it started", async () => {
  const shell = shellOf({
    methods: { tree: "sleep 1000 & echo $!; (trap '' TERM; echo $BASHPID; sleep 1000) >&2 & wait" },
  });
  const stop = new AbortController();
  const pids: number[] = [];
  const running = (async () => {
    for await (const { stdout, stderr } of pieces(shell, "tree", { signal: stop.signal })) {
      for (const line of (stdout ?? "" + (stderr ?? "")).split("\n")) {
        if (line) pids.push(Number(line));
      }
      for (const line of (stderr ?? "").split("\n")) if (line) pids.push(Number(line));
      if (pids.length === 2) stop.abort(new Error("enough"));
    }
  })();
  // The one that ignores SIGTERM lets its sleep go, and then itself at SIGKILL.
  await assert.rejects(running, /enough/);
  for (const pid of pids) await untilGone(pid);
});

Deno.test("leaving the loop ends the script too", async () => {
  const shell = shellOf({ methods: { long: "echo $$; sleep 1000" } });
  let pid = 0;
  for await (const { stdout } of pieces(shell, "long")) {
    pid = Number(stdout);
    break;
  }
  assert.ok(pid > 0);
  await untilGone(pid);
});

Deno.test("a script that takes too long is ended, with code 199", async () => {
  const shell = shellOf({
    methods: { slow: { command: "echo begun; sleep 1000", timeout: 0.05 } },
  });
  assert.deepEqual(await result(shell, "slow"), {
    stdout: "begun\n",
    stderr: "\nTimeout expired while running slow: no end within 0.05 s\n",
    code: 199,
  });
});

Deno.test("a script that a signal ended has minus the signal's number as its code", async () => {
  const shell = shellOf({ methods: { kill: "kill -9 $$" } });
  assert.equal((await result(shell, "kill")).code, -9);
});

Deno.test("the environment is the exporter's and the caller's, but for what is blocked", async () => {
  const shell = shellOf({ methods: { show: 'echo $GREETING; test -n "$PATH"' } });
  const env = (env: Record<string, string>) => result(shell, "show", { env });
  assert.deepEqual(await env({ GREETING: "hi = there" }), {
    stdout: "hi = there\n",
    stderr: "",
    code: 0,
  });
  for (const name of ["PATH", "LD_PRELOAD", "LD_X", "BASH_FUNC_ls%%", "BASH_FUNC_x", "HOME"]) {
    await assert.rejects(env({ [name]: "x" }), (error) => {
      const { code, rawMessage } = driverError(error);
      assert.equal(code, Code.InvalidArgument);
      assert.match(
        rawMessage,
        /is blocked for security reasons$|^Invalid environment variable name/,
      );
      return true;
    });
  }
  await assert.rejects(env({ "1A": "x" }), /^RangeError: Invalid environment variable name: 1A$/);
  await assert.rejects(env({ A: "x\0y" }), RangeError);
});

Deno.test("unknown and empty scripts, and a folder that is not there, are the caller's mistake", async () => {
  const shell = shellOf({ methods: { one: "true", none: "" }, cwd: "/no/such/folder" });
  await assert.rejects(
    result(shell, "two"),
    /^RangeError: Method 'two' not found in available methods: \['one', 'none'\]$/,
  );
  await assert.rejects(result(shell, "toString"), RangeError);
  await assert.rejects(result(shell, "none"), /must be a non-empty string/);
  await assert.rejects(
    result(shell, "one"),
    /Working directory does not exist: \/no\/such\/folder$/,
  );
});

Deno.test("another interpreter and folder are used as the file says", async () => {
  const cwd = await Deno.realPath(await Deno.makeTempDir());
  const shell = shellOf({ methods: { where: "pwd; echo $0" }, shell: ["sh", "-c"], cwd });
  assert.equal((await result(shell, "where")).stdout, `${cwd}\nwhere\n`);
  await Deno.remove(cwd);
  const missing = shellOf({ methods: { x: "true" }, shell: ["no-such-shell"] });
  await assert.rejects(result(missing, "x"), (error) => {
    assert.equal(driverError(error).code, Code.Internal);
    return true;
  });
});

Deno.test("a configuration without methods, or with odd ones, is refused", () => {
  const problems = (raw: Record<string, unknown>): string =>
    validateDriverConfig(Shell, raw).problems.map(({ path, message }) =>
      `${path.join(".")}: ${message}`
    )
      .join("; ");
  assert.match(problems({}), /^methods: /);
  assert.match(problems({ methods: { x: 5 } }), /^methods\.x: /);
  assert.match(problems({ methods: {}, shel: [] }), /^shel: no such key/);
  assert.match(problems({ methods: {}, timeout: 0 }), /^timeout: /);
});
