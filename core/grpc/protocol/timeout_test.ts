import assert from "node:assert/strict";
import fc from "fast-check";
import { formatGrpcTimeout, parseGrpcTimeout } from "./timeout.ts";

Deno.test("grpc-timeout is read in all its units", () => {
  assert.equal(parseGrpcTimeout("2H"), 7_200_000);
  assert.equal(parseGrpcTimeout("3M"), 180_000);
  assert.equal(parseGrpcTimeout("4S"), 4000);
  assert.equal(parseGrpcTimeout("99999999m"), 99_999_999);
  assert.equal(parseGrpcTimeout("1500u"), 1.5);
  assert.ok(Math.abs(parseGrpcTimeout("1n")! - 1e-6) < 1e-12);
});

Deno.test("grpc-timeout that is malformed is told apart", () => {
  for (const value of ["", "1", "S", "-1S", "1.5S", "123456789m", "1s", " 1S", "1S ", "1SS"]) {
    assert.equal(parseGrpcTimeout(value), undefined, value);
  }
});

Deno.test("grpc-timeout that was written is never shorter, and longer by a hundred-thousandth or a nanosecond at most", () => {
  fc.assert(fc.property(fc.double({ min: 1e-7, max: 3.5e14, noNaN: true }), (ms) => {
    const read = parseGrpcTimeout(formatGrpcTimeout(ms))!;
    assert.ok(read >= ms * (1 - 1e-12), `${ms} ${formatGrpcTimeout(ms)}`);
    assert.ok(read <= ms * (1 + 1.1e-5) + 1.1e-6, `${ms} ${formatGrpcTimeout(ms)}`);
  }));
});

Deno.test("grpc-timeout of whole milliseconds is written in milliseconds", () => {
  assert.equal(formatGrpcTimeout(1500), "1500m");
  assert.equal(formatGrpcTimeout(0), "1n");
  assert.equal(formatGrpcTimeout(-5), "1n");
  assert.equal(formatGrpcTimeout(Infinity), "99999999H");
});
