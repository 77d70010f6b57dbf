/** The commands of the README's "Use a board" do what it says, as they stand; only the port is another one. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { startProcess } from "@jumpstarter/testing/process";
import { testWith } from "@jumpstarter/testing/tool";
import { AtTerminal } from "./at_terminal.ts";
import { Place } from "./place.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The code blocks of a chapter, each with its language. */
async function blocks(chapter: string): Promise<{ language: string; text: string }[]> {
  const readme = await Deno.readTextFile(`${ROOT}/README.md`);
  const start = readme.indexOf(`\n## ${chapter}\n`);
  assert.ok(start >= 0, `README has no chapter '${chapter}'`);
  const text = readme.slice(start, readme.indexOf("\n## ", start + 1));
  return [...text.matchAll(/^```(\w+)\n([^]*?)^```$/gm)]
    .map(([, language, text]) => ({ language, text }));
}

/** All commands, of all blocks. */
async function commands(): Promise<string[]> {
  const shell = (await blocks("Use a board")).filter(({ language }) => language === "sh");
  return shell.flatMap(({ text }) => text.trim().split("\n"));
}

/** The one command that a pattern describes. */
function only(lines: readonly string[], pattern: RegExp): string {
  const found = lines.filter((line) => pattern.test(line));
  assert.equal(found.length, 1, `README has ${found.length} commands like ${pattern}`);
  return found[0];
}

const PORT = /\b19090\b/g;

/** A place whose programs find this Deno as `deno`. */
class Desk extends Place {
  override env(more: Record<string, string> = {}): Record<string, string> {
    const bin = `${this.folder}/bin`;
    return super.env({
      PATH: `${bin}:${Deno.env.get("PATH")}`,
      SHELL: "/bin/bash",
      DENO_NO_UPDATE_CHECK: "1",
      ...more,
    });
  }

  static async open(): Promise<Desk> {
    const desk = new Desk();
    await Deno.mkdir(`${desk.folder}/bin`);
    await Deno.symlink(Deno.execPath(), `${desk.folder}/bin/deno`);
    return desk;
  }

  /** A command line as arguments, to be run in the checkout. */
  line(line: string): string[] {
    return ["sh", "-c", `cd '${ROOT}' && ${line}`];
  }
}

testWith("README: a shell on a board, and what is typed in it", ["bash"], async () => {
  const lines = await commands();
  const shell = only(lines, /^deno task jmp shell --exporter-config /);
  const typed = lines.filter((line) => /^j\b/.test(line));
  assert.equal(typed.length, 4);
  await using desk = await Desk.open();
  await using person = new AtTerminal(desk.line(shell), { env: desk.env(), cwd: ROOT });
  const { console } = person;
  await console.expectPrompt();
  const shown: string[] = [];
  for (const line of typed) {
    await console.sendLine(line);
    if (/start-console/.test(line)) {
      // The board answers whoever comes, by its prompt.
      await console.expect("CTRL+B");
      await console.send("\r");
      await console.expect("=> ");
      await console.send("\x02\x02\x02");
    }
    shown.push((await console.expectPrompt()).before);
  }
  assert.match(shown[0], /─ board[^]*─ power[^]*─ console/);
  for (const text of shown) assert.doesNotMatch(text, /rror/);
  await console.sendLine("exit");
  assert.equal(await person.ended(), 0, console.transcript);
  assert.deepEqual(desk.leftovers(), []);
});

testWith(
  "README: a board that is served is used by a shell, a script, grpcurl and curl",
  ["grpcurl", "curl", "bash"],
  async (t) => {
    const lines = await commands();
    await using desk = await Desk.open();
    const serve = only(lines, /^deno task jmp run /);
    const [program, ...args] = desk.line(`exec ${serve.replace(PORT, "0")}`);
    await using exporter = await startProcess(program, {
      args,
      env: desk.env(),
      readyPattern: /listens on \S+:(\d+)/,
    });
    const port = String(exporter.port);
    const run = async (line: string): Promise<string> => {
      assert.match(line, PORT);
      const { code, stdout, stderr } = await desk.run(desk.line(line.replace(PORT, port)));
      assert.equal(code, 0, stderr);
      return stdout;
    };
    await t.step("shell", async () => {
      await run(only(lines, /^deno task jmp shell --tls-grpc .* -- /));
      assert.match(exporter.output, /power|on/i);
    });
    await t.step("grpcurl", async () => {
      assert.match(
        await run(only(lines, /^grpcurl /)),
        /^jumpstarter\.driver\.power\.v1\.PowerInterface$/m,
      );
    });
    await t.step("curl", async () => {
      assert.equal(await run(only(lines, /^curl /)), "{}");
    });
    await t.step("script", async () => {
      const scripts = (await blocks("Use a board")).filter(({ language }) => language === "ts");
      assert.equal(scripts.length, 1);
      const script = scripts[0].text.replace(PORT, port);
      const { code, stderr } = await desk.run(desk.line("deno run -A -q -"), {
        stdin: new TextEncoder().encode(script),
      });
      assert.equal(code, 0, stderr);
    });
    exporter.kill("SIGTERM");
    await exporter.status;
    assert.deepEqual(desk.leftovers(), []);
  },
);
