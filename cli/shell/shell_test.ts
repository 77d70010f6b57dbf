import assert from "node:assert/strict";
import { type ProgramRun, runProgram, startProgram } from "../testing/run_program.ts";
import { interactiveShell } from "./shell_program.ts";

/** A folder with an exporter's file; what programs leave in the temporary folder is seen. */
class Desk implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "jmp-" });
  readonly config = `${this.folder}/board.yaml`;
  readonly temporary = `${this.folder}/t`;

  constructor(extra = "") {
    Deno.mkdirSync(this.temporary);
    Deno.writeTextFileSync(
      this.config,
      `apiVersion: jumpstarter.dev/v1alpha1
kind: ExporterConfig
metadata: { namespace: default, name: desk }
motd: Mind the cables
export:
  power:
    type: jumpstarter_driver_power.driver.MockPower
${extra}`,
    );
  }

  get env(): Record<string, string> {
    return { TMPDIR: this.temporary, XDG_RUNTIME_DIR: "" };
  }

  shell(...args: string[]): Promise<ProgramRun> {
    return runProgram("jmp", ["shell", "--exporter-config", this.config, ...args], {
      env: this.env,
    });
  }

  leftovers(): string[] {
    return [...Deno.readDirSync(this.temporary)].map(({ name }) => name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

Deno.test("a command in a shell has the board, and gives the shell its exit code", async () => {
  await using desk = new Desk();
  const run = await desk.shell("--", "j", "power", "read", "-o", "json");
  assert.deepEqual([run.code, run.stderr], [0, ""]);
  assert.match(run.stdout, /"voltage": 5/);
  assert.deepEqual(await desk.shell("sh", "-c", "exit 7"), { code: 7, stdout: "", stderr: "" });
  assert.equal((await desk.shell("--", "j", "power", "onn")).code, 1);
  assert.equal((await desk.shell("--", "sh", "-c", "kill -HUP $$")).code, 255);
  assert.deepEqual(desk.leftovers(), []);
});

Deno.test("a command in a shell finds what upstream's programs look for", async () => {
  await using desk = new Desk();
  const { stdout } = await desk.shell("--", "env");
  const env = new Map(
    stdout.split("\n").map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
  assert.match(env.get("JUMPSTARTER_HOST")!, /^\/.*\/jumpstarter-\w+\/socket$/);
  assert.equal(env.get("JMP_DRIVERS_ALLOW"), "UNSAFE");
  assert.equal(env.get("_JMP_SUPPRESS_DRIVER_WARNINGS"), "1");
  assert.equal(env.has("JMP_EXPORTER"), false);
});

Deno.test("a command that cannot be run is 127 or 126", async () => {
  await using desk = new Desk();
  assert.deepEqual(await desk.shell("--", "no-such-program"), {
    code: 127,
    stdout: "",
    stderr: "Error: command not found: no-such-program\n",
  });
  const plain = `${desk.folder}/board.yaml`;
  assert.deepEqual(await desk.shell("--", plain), {
    code: 126,
    stdout: "",
    stderr: `Error: permission denied: ${plain}\n`,
  });
});

Deno.test("a shell begins with the message of the day, and ends with its own exit code", async () => {
  await using desk = new Desk();
  const run = await runProgram("jmp", ["shell", "--exporter-config", desk.config], {
    env: { ...desk.env, SHELL: "/bin/sh" },
    stdin: "j; exit 3\n",
  });
  assert.deepEqual(run, {
    code: 3,
    stdout: "Mind the cables\ndrivers\n└─ power  (Power)\n",
    stderr: "",
  });
});

Deno.test("shells get a prompt that names the board", () => {
  const env = (shell: string) => (name: string) => ({ SHELL: shell, HOME: "/h" })[name];
  const bash = interactiveShell("local", env("/usr/bin/bash"));
  assert.deepEqual(bash.args, ["--norc", "--noprofile"]);
  assert.match(bash.env.PS1, /⚡.*local .*➤/);
  const zsh = interactiveShell("direct", env("zsh"));
  assert.deepEqual(zsh.args, ["--no-rcs", "-o", "inc_append_history", "-o", "share_history"]);
  assert.equal(zsh.env.HISTFILE, "/h/.zsh_history");
  assert.match(interactiveShell("it's", env("/bin/fish")).args[1], /function fish_prompt;.*it\\'s/);
  assert.deepEqual(interactiveShell("x", env("/bin/dash")), {
    command: "/bin/dash",
    args: [],
    env: {},
  });
  assert.equal(interactiveShell("x", () => undefined).command, "bash");
});

Deno.test("Ctrl-C ends the command, the board and the shell, with 2", async () => {
  await using desk = new Desk();
  const args = ["shell", "--exporter-config", desk.config, "--", "sh", "-c"];
  // It says when it runs, and by its own end that the signal came.
  const script = "trap 'echo ended; exit 0' INT; echo running; while :; do sleep 0.05; done";
  const child = startProgram("jmp", [...args, script], { env: desk.env });
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  assert.equal((await reader.read()).value, "running\n");
  child.kill("SIGINT");
  assert.equal((await reader.read()).value, "ended\n");
  assert.equal((await child.status).code, 2);
  await reader.cancel();
  assert.equal(await new Response(child.stderr).text(), "SIGINT pressed, terminating\n");
  assert.deepEqual(desk.leftovers(), []);
});

Deno.test("an exporter's file that is wrong is named with line and column, and exits with 1", async () => {
  await using desk = new Desk("    confg: {}\n  relay:\n    type: nobody.knows.This\n");
  const { code, stderr, stdout } = await desk.shell("--", "true");
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.match(stderr, /^Error: Cannot use exporter configuration/);
  assert.match(stderr, /board\.yaml:\d+:\d+: export\.relay/);
  assert.deepEqual(desk.leftovers(), []);
});

Deno.test("the exporter's logs are shown on demand, on standard error", async () => {
  await using desk = new Desk();
  const { stdout, stderr } = await desk.shell("--exporter-logs", "--", "j", "power", "on");
  assert.equal(stdout, "");
  assert.match(stderr, /^INFO {5}\[exporter:driver\] power on$/m);
});

Deno.test("it must be clear which board is meant", async () => {
  const say = async (...args: string[]): Promise<string> => {
    const { code, stderr } = await runProgram("jmp", ["shell", ...args]);
    assert.equal(code, 2);
    assert.match(stderr, /^Usage: jmp shell \[options\] \[command\.\.\.\]\n/);
    return /Error: (.*)\n$/.exec(stderr)![1];
  };
  assert.equal(
    await say(),
    "one of --exporter, --exporter-config, --tls-grpc should be specified",
  );
  assert.equal(
    await say("--exporter", "a", "--tls-grpc", "h:1"),
    "only one of --exporter, --tls-grpc should be specified",
  );
  assert.equal(
    await say("--exporter", "a", "--passphrase", "x"),
    "--tls-grpc-insecure, --tls-ca and --passphrase require --tls-grpc",
  );
  assert.equal(
    await say("--tls-grpc", "here"),
    "--tls-grpc must be HOST:PORT: current value is 'here'",
  );
});
