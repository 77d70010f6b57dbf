import assert from "node:assert/strict";
import {
  Composite,
  defineDriver,
  type DriverCall,
  type DriverDefinition,
} from "@jumpstarter/core/driver";
import { MockPower } from "@jumpstarter/drivers/power";
import { DeviceInterface } from "@jumpstarter/testing/echo/v1";
import { type ServedDevice, serveDriver } from "@jumpstarter/testing/serve_driver";
import {
  type ProgramOptions,
  type ProgramRun,
  runProgram,
  startProgram,
} from "../testing/run_program.ts";
import { z } from "zod";

/** A driver of somebody else: neither its client nor its interface comes with `j`. */
const Greeter: DriverDefinition = defineDriver({
  type: "acme.driver.Greeter",
  client: "acme.client.GreeterClient",
  interfaces: [DeviceInterface],
  config: z.strictObject({}),
  create: () => ({
    greet: ({ name, greeting = "hello" }: { name: string; greeting?: string }) => ({
      text: `${greeting} ${name}`,
    }),
    async *count({ to }: { to: number }) {
      for (let number = 1; number <= to; number++) yield await Promise.resolve({ number });
    },
    async take({ source }: { source: string }, call: DriverCall) {
      await using resource = await call.resource(source);
      let bytes = 0n;
      for await (const chunk of resource.readable) bytes += BigInt(chunk.length);
      return { bytes };
    },
    async give({ target, bytes }: { target: string; bytes: bigint }, call: DriverCall) {
      await using resource = await call.resource(target);
      const writer = resource.writable.getWriter();
      await writer.write(new Uint8Array(Number(bytes)));
      await writer.close();
    },
    allTypes: (message: object) => message,
    fail({ message }: { message: string }): void {
      throw new RangeError(message);
    },
  }),
});

/** Known to nobody, and without an interface. */
const Stranger: DriverDefinition = { ...Composite, type: "x.Stranger", client: "x.StrangerClient" };

function serveBoard(): Promise<ServedDevice> {
  return serveDriver(Composite, {
    description: "a board",
    children: {
      power: {
        definition: MockPower,
        description: "main power",
        methodsDescription: { cycle: "Off and on again" },
      },
      greeter: { definition: Greeter },
      stranger: { definition: Stranger },
      dut: {
        definition: Composite,
        children: { relay: { definition: MockPower } },
      },
    },
  });
}

function j(
  { address }: { address: string },
  args: string,
  options: ProgramOptions = {},
): Promise<ProgramRun> {
  const env = { JUMPSTARTER_HOST: address.replace(/^unix:/, ""), ...options.env };
  return runProgram("j", args.split(" ").filter((word) => word !== ""), { ...options, env });
}

Deno.test("j alone shows the tree of drivers with what they are for", async () => {
  await using board = await serveBoard();
  assert.deepEqual(await j(board, ""), {
    code: 0,
    stdout: `a board
├─ power     main power
├─ greeter   (Greeter)
├─ stranger  (Stranger)
└─ dut
   └─ relay  (Power)
`,
    stderr: "",
  });
  const { stdout } = await j(board, "-o json");
  const tree = JSON.parse(stdout);
  assert.equal(tree.children[0].path, "power");
  assert.equal(tree.children[3].children[0].path, "dut.relay");
});

Deno.test("a driver's commands run, print data on demand, and say nothing else", async () => {
  await using board = await serveBoard();
  assert.deepEqual(await j(board, "power on"), { code: 0, stdout: "", stderr: "" });
  assert.deepEqual(await j(board, "dut relay read"), {
    code: 0,
    stdout: "voltage=0.0 V  current=0.0 A  apparent_power=0.0 VA\n" +
      "voltage=5.0 V  current=2.0 A  apparent_power=10.0 VA\n",
    stderr: "",
  });
  const yaml = "voltage: 0\ncurrent: 0\napparent_power: 0\n---\n" +
    "voltage: 5\ncurrent: 2\napparent_power: 10\n";
  assert.equal((await j(board, "power read -o yaml")).stdout, yaml);
  assert.equal((await j(board, "-o yaml power read")).stdout, yaml);
});

Deno.test("help names a driver's commands; the exporter's file has the last word on them", async () => {
  await using board = await serveBoard();
  assert.deepEqual(await j(board, "power --help"), {
    code: 0,
    stdout: `Usage: j power [options] [command]

main power

Options:
  --help  show this help

Commands:
  on      Switch the power on
  off     Switch the power off
  cycle   Off and on again
  read    Measure voltage and current
  rescue  Brings the device up in its rescue mode, such as a mask ROM that takes
          an image over USB
`,
    stderr: "",
  });
  const missing = await j(board, "power");
  assert.equal(missing.code, 1);
  assert.equal(missing.stdout, "");
  assert.match(missing.stderr, /^Usage: j power /);
});

Deno.test("wrong calls exit with 1, and say what is near", async () => {
  await using board = await serveBoard();
  assert.deepEqual(await j(board, "powr on"), {
    code: 1,
    stdout: "",
    stderr: `Usage: j [options] [command]
Try 'j --help' for help.

Error: unknown command 'powr'. Did you mean 'power'?
`,
  });
  assert.deepEqual(await j(board, "power onn"), {
    code: 1,
    stdout: "",
    stderr: `Usage: j power [options] [command]
Try 'j power --help' for help.

Error: unknown command 'onn'. Did you mean 'on'?
`,
  });
  assert.deepEqual(await j(board, "power read --cuont 1"), {
    code: 1,
    stdout: "",
    stderr: `Usage: j power read [options]
Try 'j power read --help' for help.

Error: unknown option '--cuont'. Did you mean '--count'?
`,
  });
  assert.match((await j(board, "power read -n x")).stderr, /It is not an integer\.\n$/);
});

Deno.test("a failure is one line without a stack, unless that is asked for", async () => {
  await using board = await serveBoard();
  assert.deepEqual(await j(board, "power rescue"), {
    code: 1,
    stdout: "",
    stderr: "Error: power: method rescue not found on driver\n" +
      "The driver of this exporter cannot do that\n",
  });
  const debug = await j(board, "--log-level DEBUG power rescue");
  assert.equal(debug.code, 1);
  assert.match(debug.stderr, /\n {4}at /);
});

Deno.test("methods of a driver that nobody knows are found by reflection", async () => {
  await using board = await serveBoard();
  assert.equal((await j(board, "greeter greet you")).stdout, "hello you\n");
  assert.equal((await j(board, "greeter greet you --greeting hi")).stdout, "hi you\n");
  assert.equal((await j(board, "greeter count 3")).stdout, "1\n2\n3\n");
  const failed = await j(board, "greeter fail RangeError too-much");
  assert.deepEqual([failed.code, failed.stderr], [1, "Error: greeter: too-much\n"]);
});

Deno.test("a derived command transfers files", async () => {
  await using board = await serveBoard();
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${folder}/image`, new Uint8Array(200_000));
    assert.equal((await j(board, `greeter take ${folder}/image`)).stdout, "200000\n");
    assert.equal((await j(board, `greeter give ${folder}/dump 70000`)).code, 0);
    assert.equal((await Deno.stat(`${folder}/dump`)).size, 70_000);
    const missing = await j(board, `greeter take ${folder}/none`);
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /^Error: .*none/);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
      "dump",
      "image",
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a driver without a client is seen, and its use is an error", async () => {
  await using board = await serveBoard();
  assert.deepEqual(await j(board, "stranger on"), {
    code: 1,
    stdout: "",
    stderr: "Error: Driver client 'x.StrangerClient' is not available\n",
  });
  const denied = await j(board, "power on", { env: { JMP_DRIVERS_ALLOW: "acme.*" } });
  assert.match(denied.stderr, /PowerClient' is not allowed/);
  assert.equal(denied.code, 1);
  const allowed = await j(board, "power on", {
    env: { JMP_DRIVERS_ALLOW: "acme.*,jumpstarter_*" },
  });
  assert.equal(allowed.code, 0);
});

Deno.test("outside of a shell j says so", async () => {
  assert.deepEqual(await runProgram("j", ["power", "on"]), {
    code: 1,
    stdout: "",
    stderr: "Error: the j command must be used inside a jmp shell: JUMPSTARTER_HOST not set\n",
  });
  assert.match((await runProgram("j", ["--help"])).stdout, /^Usage: j \[options\]\n/);
});

Deno.test("words are completed", async () => {
  await using board = await serveBoard();
  const complete = async (words: string, current = ""): Promise<string> => {
    const env = { _JMP_COMPLETE_CURRENT: current };
    return (await j(board, `__complete -- ${words}`, { env })).stdout;
  };
  assert.equal(await complete(""), "dut\ngreeter\npower\nstranger\n");
  assert.equal(await complete("power", "o"), "off\non\n");
  assert.equal(await complete("power read", "--c"), "--count\n");
});

Deno.test("Ctrl-C ends a command with 2, on the exporter too", async () => {
  await using board = await serveBoard();
  const env = { JUMPSTARTER_HOST: board.address.replace(/^unix:/, "") };
  const child = startProgram("j", ["power", "read", "-n", "0", "-i", "600"], { env });
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  while (!(await reader.read()).value!.includes("voltage=5.0"));
  child.kill("SIGINT");
  assert.equal((await child.status).code, 2);
  await reader.cancel();
  assert.equal(await new Response(child.stderr).text(), "");
});
