import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { runTool } from "@jumpstarter/testing/process";
// Loaded before the tests: it opens the C library, once and for good.
import "@jumpstarter/drivers/virtual";
import { validateExporter } from "./validate_exporter.ts";

const JMP = fileURLToPath(new URL("./jmp.ts", import.meta.url));
const HEAD = "metadata: {namespace: lab, name: board}\nexport:\n";

async function jmp(...args: string[]): Promise<{ code: number; stdout: string; output: string }> {
  const { code, stdout, output } = await runTool(Deno.execPath(), {
    args: ["run", "-A", "-q", JMP, ...args],
  });
  return { code, stdout: new TextDecoder().decode(stdout), output };
}

async function problems(text: string): Promise<string[]> {
  const { valid, problems } = await validateExporter(HEAD + text, "board.yaml");
  assert.equal(valid, problems.length === 0);
  return problems.map(({ line, column, path, message, hint }) =>
    `${line}:${column} ${path}: ${message}${hint === undefined ? "" : ` (${hint})`}`
  );
}

Deno.test("an unknown driver is named with the nearest known one", async () => {
  const [problem] = await problems("  power: {type: jumpstarter_driver_power.driver.MockPowr}\n");
  assert.match(problem, /^3:17 export\.power\.type: .*MockPowr.*did you mean '.*\.MockPower'/);
});

Deno.test("each driver's configuration is checked, with line and column", async () => {
  const found = await problems(`  virtual:
    type: jumpstarter_driver_virtual.driver.VirtualBoard
    config: {boot_m: 1, boot_ms: soon}
  folder:
    children:
      power: {type: jumpstarter_driver_power.driver.MockPower, config: {volts: 5}}
`);
  assert.equal(found.length, 3);
  assert.match(
    found[0],
    /^5:14 export\.virtual\.config\.boot_m: no such key.*did you mean 'boot_ms'/,
  );
  assert.match(found[1], /^5:34 export\.virtual\.config\.boot_ms: .*'soon'/);
  assert.match(found[2], /^8:73 export\.folder\.children\.power\.config\.volts: no such key/);
});

Deno.test("a proxy that leads nowhere is named with the nearest driver", async () => {
  const found = await problems(`  dut:
    children:
      power: {type: jumpstarter_driver_power.driver.MockPower}
  a: {ref: dut.power}
  b: {ref: dut.powr}
  c: {ref: c}
`);
  assert.equal(found.length, 2);
  assert.match(found[0], /^7:12 export\.b\.ref: .*dut\.powr.*did you mean 'dut\.power'/);
  assert.match(found[1], /^8:12 export\.c\.ref: /);
});

Deno.test("a proxy of a driver that has a mistake is not a mistake of its own", async () => {
  const found = await problems("  power: {type: 5}\n  alias: {ref: power}\n");
  assert.equal(found.length, 1);
  assert.match(found[0], /^3:17 export\.power\.type: expected text/);
});

Deno.test("jmp validate says all that is wrong and ends with 1", async () => {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    const power = "jumpstarter_driver_power.driver.MockPower";
    await Deno.writeTextFile(file, `${HEAD}  power: {type: ${power}, cofig: {}}\n  p: {ref: x}\n`);
    const wrong = await jmp("validate", file);
    assert.equal(wrong.code, 1);
    assert.equal(wrong.stdout, "");
    assert.match(wrong.output, /error: \S+:4:12: export\.p\.ref: /);
    assert.match(wrong.output, /warning: \S+:3:\d+: export\.power\.cofig: .*'config'/);
    assert.match(wrong.output, /: 1 error, 1 warning\n$/);

    const json = await jmp("validate", "-o", "json", file);
    assert.equal(json.code, 1);
    const { valid, problems, warnings } = JSON.parse(json.stdout);
    assert.deepEqual([valid, problems.length, warnings.length], [false, 1, 1]);
    assert.deepEqual([problems[0].line, problems[0].column], [4, 12]);

    await Deno.writeTextFile(file, `${HEAD}  power: {type: ${power}}\n`);
    const right = await jmp("validate", file);
    assert.equal(right.code, 0, right.output);
    assert.match(right.stdout, /: valid, 1 driver\n$/);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("jmp validate names a file that is not there", async () => {
  const { code, output } = await jmp("validate", "./gone.yaml");
  assert.equal(code, 1);
  assert.match(output, /no such file: current value is '\.\/gone\.yaml'/);
});
