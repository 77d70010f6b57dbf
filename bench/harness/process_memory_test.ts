import assert from "node:assert/strict";
import { parseStatusRss, residentMebibytes } from "./process_memory.ts";

Deno.test("resident memory is read from VmRSS", () => {
  assert.equal(parseStatusRss("Name:\tdeno\nVmHWM:\t  900 kB\nVmRSS:\t   512 kB\n"), 512);
});

Deno.test("a status without VmRSS is refused", () => {
  assert.throws(() => parseStatusRss("Name:\tkthreadd\n"), /no VmRSS line/);
});

Deno.test("this process has more than 10 MiB and less than 16 GiB", async () => {
  const mebibytes = await residentMebibytes(Deno.pid);
  assert.ok(mebibytes > 10 && mebibytes < 16 * 1024);
});
