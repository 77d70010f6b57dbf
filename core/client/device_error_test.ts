import assert from "node:assert/strict";
import { Code, ConnectError } from "@connectrpc/connect";
import { DeviceError } from "./device_error.ts";

Deno.test("a failure is Connect's error and ours, and an ordinary one is not ours", () => {
  const plain = new ConnectError("no", Code.Unavailable);
  const error = DeviceError.of(plain, { path: "dut.power", method: "on" });
  assert.ok(error instanceof DeviceError);
  assert.ok(error instanceof ConnectError);
  assert.ok(!(plain instanceof DeviceError));
  assert.equal(DeviceError.of(error), error);
  assert.deepEqual([error.path, error.method, error.rawMessage], ["dut.power", "on", "no"]);
  assert.equal(error.cause, plain);
});

Deno.test("each status has its kind, and each kind its exit code", () => {
  const kind = (code: Code, byName = false): string =>
    DeviceError.of(new ConnectError("", code), { byName }).kind;
  assert.equal(kind(Code.InvalidArgument), "misuse");
  assert.equal(kind(Code.Unimplemented), "not-implemented");
  assert.equal(kind(Code.NotFound, true), "not-implemented");
  assert.equal(kind(Code.NotFound), "device");
  assert.equal(kind(Code.FailedPrecondition), "not-ready");
  assert.equal(kind(Code.DeadlineExceeded), "timeout");
  assert.equal(kind(Code.Unavailable), "unreachable");
  assert.equal(kind(Code.Unauthenticated), "unauthenticated");
  assert.equal(kind(Code.Canceled), "cancelled");
  for (const code of [Code.Unknown, Code.Internal, Code.ResourceExhausted]) {
    assert.equal(kind(code), "device");
  }
  const exitCode = (code: Code): number => DeviceError.of(new ConnectError("", code)).exitCode;
  assert.equal(exitCode(Code.Canceled), 2);
  assert.equal(exitCode(Code.Unknown), 1);
  assert.equal(DeviceError.of(new ConnectError("")).rawMessage, "<no details>");
});
