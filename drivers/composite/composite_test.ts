import assert from "node:assert/strict";
import { serveDriver } from "@jumpstarter/testing/serve_driver";
import { MockPower, PowerClient } from "../power/mod.ts";
import { Composite, CompositeClient } from "./mod.ts";

Deno.test("drivers are reached through composites and proxies, however deep", async () => {
  await using device = await serveDriver(Composite, {
    children: {
      dut: {
        definition: Composite,
        children: {
          inner: { definition: Composite, children: { power: { definition: MockPower } } },
          switch: { ref: "dut.inner.power" },
        },
      },
      alias: { ref: "dut" },
    },
  });
  const uuids = new Set<string>();
  const paths = ["dut.inner.power", "dut.switch", "alias.switch", "alias.inner.power"];
  for (const path of paths) {
    await device.get(path, PowerClient).on();
    uuids.add(device.find(path).uuid);
  }
  assert.equal(uuids.size, 1);
  const board = device.get("alias", CompositeClient);
  assert.deepEqual([...board.children.keys()], ["inner", "switch"]);
  await board.get("inner.power", PowerClient).off();
});

Deno.test("a name mistyped is answered with the nearest", async () => {
  await using device = await serveDriver(Composite, {
    children: { power: { definition: MockPower } },
  });
  const board = device.get("", CompositeClient);
  assert.throws(
    () => board.get("pover", PowerClient),
    /the root has no 'pover': did you mean 'power'\?/,
  );
});
