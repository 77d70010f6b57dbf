import assert from "node:assert/strict";
import { readTree, ROOT } from "./repository.ts";

const files = await readTree(
  ROOT,
  (path) => /^(README|CONTRIBUTING)\.md$|^\.ci\/run$|^deno\.json$/.test(path),
);
const text = (path: string): string => files.get(path) ?? assert.fail(`${path} is missing`);

Deno.test("every task that the documents name exists", () => {
  const { tasks } = JSON.parse(text("deno.json")) as { tasks: Record<string, unknown> };
  for (const path of ["README.md", "CONTRIBUTING.md", ".ci/run"]) {
    for (
      const [, name] of text(path).matchAll(
        /(?:deno|@[\d.]+|\[@\]\}"|\/deno") task (?:--quiet )?([a-z:]+)/g,
      )
    ) {
      assert.ok(name in tasks, `${path} names the task '${name}'`);
    }
  }
});

Deno.test("every task has a line that says what it does", () => {
  const { tasks } = JSON.parse(text("deno.json")) as {
    tasks: Record<string, { description?: string }>;
  };
  for (const [name, task] of Object.entries(tasks)) assert.ok(task.description, name);
});

Deno.test("the README opens with one command that runs it and one that tests it", () => {
  const commands = /```sh\n([\s\S]*?)```/.exec(text("README.md"))?.[1].trim().split("\n") ?? [];
  assert.deepEqual(commands.map((line) => line.replace(/ *#.*/, "")), [
    "npx -y deno@2.9.6 task demo",
    "npx -y deno@2.9.6 task test",
  ]);
});

Deno.test("CI passes the tests with the README's command", () => {
  assert.match(text(".ci/run"), /deno=\(npx -y deno@2\.9\.6\)/);
  assert.match(text(".ci/run"), /"\$\{deno\[@\]\}" task test /);
});
