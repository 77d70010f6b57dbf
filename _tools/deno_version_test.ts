import assert from "node:assert/strict";
import { complaintAbout, OLDEST_DENO } from "./deno_version.ts";

Deno.test("an old Deno is told so in one line that names both versions", () => {
  for (const version of ["1.46.3", "2.0.0", "2.5.6", "2.6.9"]) {
    const complaint = complaintAbout(version) ?? "";
    assert.ok(complaint.includes(version) && complaint.includes(OLDEST_DENO));
    assert.doesNotMatch(complaint, /\n/);
  }
});

Deno.test("the oldest Deno and all later ones pass", () => {
  for (const version of ["2.6.10", "2.6.11", "2.9.6", "2.10.0-rc.1", "2.9.6+abcdef0", "3.0.0"]) {
    assert.equal(complaintAbout(version), undefined);
  }
});
