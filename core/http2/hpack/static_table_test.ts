import assert from "node:assert/strict";
import { STATIC_LENGTH, STATIC_NAMES, STATIC_TABLE } from "./static_table.ts";

Deno.test("the static table has the 61 entries of RFC 7541 Appendix A, with its landmarks in place", () => {
  assert.equal(STATIC_LENGTH, 61);
  assert.equal(STATIC_TABLE.length, 62);
  assert.deepEqual(STATIC_TABLE[1], [":authority", ""]);
  assert.deepEqual(STATIC_TABLE[8], [":status", "200"]);
  assert.deepEqual(STATIC_TABLE[14], [":status", "500"]);
  assert.deepEqual(STATIC_TABLE[16], ["accept-encoding", "gzip, deflate"]);
  assert.deepEqual(STATIC_TABLE[31], ["content-type", ""]);
  assert.deepEqual(STATIC_TABLE[58], ["user-agent", ""]);
  assert.deepEqual(STATIC_TABLE[61], ["www-authenticate", ""]);
});

Deno.test("every static entry is found by its name and value, a name at its lowest index", () => {
  for (let index = 1; index <= STATIC_LENGTH; index++) {
    const [name, value] = STATIC_TABLE[index];
    const found = STATIC_NAMES.get(name);
    assert.equal(found?.values.get(value), index);
    assert.ok(found.index <= index && STATIC_TABLE[found.index][0] === name);
  }
});
