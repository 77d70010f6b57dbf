import assert from "node:assert/strict";
import { driverPolicy } from "./driver_policy.ts";

const POWER = "jumpstarter_driver_power.client.PowerClient";

function allows(env: Record<string, string>, clientClass = POWER): boolean {
  return driverPolicy((name) => env[name])(clientClass);
}

Deno.test("patterns for class paths are Python's fnmatchcase", () => {
  for (
    const pattern of ["*", "jumpstarter_driver_*", "*.PowerClient", "*.P????Client", "*.[OP]*"]
  ) {
    assert.ok(allows({ JMP_DRIVERS_ALLOW: pattern }), pattern);
  }
  for (const pattern of ["acme.*", "*.powerclient", "*.[!P]*Client$", "jumpstarter_driver_power"]) {
    assert.ok(!allows({ JMP_DRIVERS_ALLOW: pattern }), pattern);
  }
  assert.ok(!allows({ JMP_DRIVERS_ALLOW: "a+b" }, "aab"));
  assert.ok(allows({ JMP_DRIVERS_ALLOW: "acme.*, jumpstarter_*" }));
});

Deno.test("UNSAFE, and no word at all, allow every class", () => {
  assert.ok(allows({ JMP_DRIVERS_ALLOW: "acme.*,UNSAFE" }));
  assert.ok(allows({ JMP_DRIVERS_ALLOW: "acme.*", JMP_DRIVERS_UNSAFE: "true" }));
  assert.ok(!allows({ JMP_DRIVERS_ALLOW: "acme.*", JMP_DRIVERS_UNSAFE: "0" }));
  assert.ok(allows({}));
  assert.ok(allows({ JMP_DRIVERS_ALLOW: "" }));
});
