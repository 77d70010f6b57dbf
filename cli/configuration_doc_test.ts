import assert from "node:assert/strict";
import { formatProblem, parseClientConfig } from "@jumpstarter/core/config";
// Loaded before the tests: it opens the C library, once and for good.
import "@jumpstarter/drivers/virtual";
import { validateExporter } from "./validate_exporter.ts";

const docs = new URL("../docs/", import.meta.url);
const page = await Deno.readTextFile(new URL("configuration.md", docs));

for (const [index, [, yaml]] of [...page.matchAll(/```yaml\n([^]*?)```/g)].entries()) {
  Deno.test(`example ${index + 1} of docs/configuration.md is valid, each key of it known`, async () => {
    if (yaml.includes("kind: ClientConfig")) {
      assert.deepEqual(parseClientConfig(yaml, "f", () => undefined).warnings, []);
      return;
    }
    const { problems, warnings } = await validateExporter(yaml, "f");
    assert.deepEqual([...problems, ...warnings].map(formatProblem), []);
  });
}

Deno.test("the message that docs/configuration.md shows is the one that comes", async () => {
  const [, shown] = /```text\nerror: (.*)\n```/.exec(page)!;
  const [, yaml] = /```yaml\n([^]*?)```/.exec(page)!;
  const { problems } = await validateExporter(yaml.replace("MockPower", "MockPowr"), "board.yaml");
  assert.deepEqual(problems.map(formatProblem), [shown]);
});

for await (const { name } of Deno.readDir(new URL("../examples/exporters/", import.meta.url))) {
  Deno.test(`examples/exporters/${name} is valid`, async () => {
    const file = new URL(`../examples/exporters/${name}`, import.meta.url);
    const { problems, warnings } = await validateExporter(await Deno.readTextFile(file), name);
    assert.deepEqual([...problems, ...warnings].map(formatProblem), []);
  });
}
