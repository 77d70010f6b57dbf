import assert from "node:assert/strict";
import { findPeerKit } from "./python_peers.ts";

Deno.test("a missing kit and a missing venv are told apart, with what to do", async () => {
  const kit = await Deno.makeTempDir();
  try {
    assert.throws(() => findPeerKit(kit, kit), /the kit must lie at/);
    await Deno.writeTextFile(`${kit}/serve.py`, "");
    assert.throws(() => findPeerKit(kit, `${kit}/venv`), /setup must make the venv first/);
    await Deno.mkdir(`${kit}/venv/bin`, { recursive: true });
    await Deno.writeTextFile(`${kit}/venv/bin/python`, "");
    assert.equal(findPeerKit(kit, `${kit}/venv`).python, `${kit}/venv/bin/python`);
  } finally {
    await Deno.remove(kit, { recursive: true });
  }
});
