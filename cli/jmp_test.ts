import assert from "node:assert/strict";
import manifest from "./deno.json" with { type: "json" };
import { runProgram } from "./testing/run_program.ts";

const HELP = `Usage: jmp [options] [command]

Jumpstarter: boards for people and programs

Options:
  --log-level <level>  how much is told of failures (choices: "DEBUG", "INFO",
                       "WARNING", "ERROR", "CRITICAL")
  --help               show this help

Commands:
  shell|sh|s           open a shell, or run one command, with a board at hand
  run                  serve a board
  config|conf          modify configuration files
  validate             check an exporter configuration without touching hardware
  driver               show the drivers that exporters can use
  completion           print what makes a shell complete jmp and j
  version|ver|v        show the version
`;

Deno.test("jmp --help lists the commands; jmp alone does on standard error, with 2", async () => {
  assert.deepEqual(await runProgram("jmp", ["--help"]), { code: 0, stdout: HELP, stderr: "" });
  assert.deepEqual(await runProgram("jmp", []), { code: 2, stdout: "", stderr: HELP });
});

Deno.test("a mistyped command exits with 2 and says what is near", async () => {
  assert.deepEqual(await runProgram("jmp", ["verion"]), {
    code: 2,
    stdout: "",
    stderr: `Usage: jmp [options] [command]
Try 'jmp --help' for help.

Error: unknown command 'verion'. Did you mean 'version'?
`,
  });
  assert.deepEqual(await runProgram("jmp", ["driver", "lst"]), {
    code: 2,
    stdout: "",
    stderr: `Usage: jmp driver [options] [command]
Try 'jmp driver --help' for help.

Error: unknown command 'lst'. Did you mean one of 'list', 'ls'?
`,
  });
});

Deno.test("levels of the log may be in lower case, and must exist", async () => {
  assert.equal((await runProgram("jmp", ["--log-level", "debug", "version"])).code, 0);
  const { code, stderr } = await runProgram("jmp", ["--log-level", "loud", "version"]);
  assert.equal(code, 2);
  assert.match(stderr, /'loud' is invalid\. Allowed choices are DEBUG, INFO/);
});

Deno.test("jmp version says which it is, by any of its names", async () => {
  for (const name of ["version", "ver", "v"]) {
    const { code, stdout } = await runProgram("jmp", [name]);
    assert.equal(code, 0);
    assert.match(stdout, /^Jumpstarter v\d+\.\d+\.\d+ from \S+ \(Deno \d+\.\d+\.\d+\)\n$/);
  }
  const { stdout } = await runProgram("jmp", ["version", "-o", "json"]);
  assert.deepEqual(JSON.parse(stdout), {
    gitVersion: `v${manifest.version}`,
    denoVersion: Deno.version.deno,
  });
});

Deno.test("jmp driver list names each driver with its type", async () => {
  const { code, stdout } = await runProgram("jmp", ["driver", "list"]);
  assert.equal(code, 0);
  const [head, ...rows] = stdout.trimEnd().split("\n");
  assert.match(head, /^NAME +TYPE$/);
  const power = rows.find((row) => row.startsWith("MockPower "));
  assert.match(power ?? "", /^MockPower +jumpstarter_driver_power\.driver\.MockPower$/);
  const { stdout: json } = await runProgram("jmp", ["driver", "ls", "-o", "json"]);
  assert.equal(JSON.parse(json).drivers.length, rows.length);
});

Deno.test("jmp completion prints scripts that the shells read", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const { code, stdout } = await runProgram("jmp", ["completion", shell]);
    assert.equal(code, 0);
    assert.match(stdout, /__complete -- /);
    if (shell !== "bash") continue;
    const check = new Deno.Command("bash", { args: ["-n"], stdin: "piped" }).spawn();
    const writer = check.stdin.getWriter();
    await writer.write(new TextEncoder().encode(stdout));
    await writer.close();
    assert.equal((await check.status).code, 0);
  }
  assert.equal((await runProgram("jmp", ["completion", "tcsh"])).code, 2);
  assert.equal((await runProgram("jmp", ["__complete", "--", "driver"])).stdout, "list\n");
});
