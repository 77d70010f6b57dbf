import assert from "node:assert/strict";
import { ChildProcess } from "./child_process.ts";

/** A child that answers `double` and fails on anything else, written as a user of the protocol would. */
const PROGRAM = `
console.log("READY here:1");
for await (const chunk of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  for (const line of chunk.split("\\n").filter((l) => l)) {
    const { operation, options } = JSON.parse(line);
    if (operation === "exit") Deno.exit(3);
    console.log(JSON.stringify(
      operation === "double" ? { figures: { result: options.value * 2 } } : { error: "no such operation" },
    ));
  }
}
`;

function start(program: string): Promise<ChildProcess> {
  return ChildProcess.start({ name: "test child", command: [Deno.execPath(), "eval", program] });
}

Deno.test("a child gives its address and answers operations", async () => {
  await using child = await start(PROGRAM);
  assert.equal(child.address, "here:1");
  assert.deepEqual(await child.request("double", { value: 21 }), { result: 42 });
  await assert.rejects(
    child.request("triple"),
    /Cannot run 'triple' in test child: no such operation/,
  );
  assert.deepEqual(await child.request("double", { value: 2 }), { result: 4 });
});

Deno.test("a child that is not ready is refused with the end of its stderr", async () => {
  await assert.rejects(
    start(`console.error("disk on fire"); console.log("hm");`),
    (error: Error) => {
      assert.match(error.message, /first line must be READY: current value is 'hm'/);
      assert.match(error.message, /disk on fire/);
      return true;
    },
  );
});

Deno.test("a child that ends during an operation fails that operation", async () => {
  await using child = await start(PROGRAM);
  await assert.rejects(child.request("exit"), /it ended during 'exit'/);
});

Deno.test("a disposed child is gone", async () => {
  const child = await start(PROGRAM);
  const { pid } = child;
  await child[Symbol.asyncDispose]();
  assert.throws(() => Deno.kill(pid, "SIGCONT"), Deno.errors.NotFound);
});
