import assert from "node:assert/strict";
import { connectionError, ErrorCode, errorCodeName, Http2Error, streamError } from "./errors.ts";

Deno.test("error codes are those of RFC 9113 §7, and unknown ones have a name too", () => {
  assert.equal(Object.keys(ErrorCode).length, 14);
  assert.equal(errorCodeName(0xb), "ENHANCE_YOUR_CALM");
  assert.equal(errorCodeName(0xd), "HTTP_1_1_REQUIRED");
  assert.equal(errorCodeName(0x1f), "0x1f");
});

Deno.test("an error says its code in its message", () => {
  const error = streamError(ErrorCode.CANCEL, "Stream was given up");
  assert.equal(error.message, "Stream was given up (CANCEL)");
  assert.equal(error.scope, "stream");
  assert.equal(error.remote, false);
  assert.equal(error.unprocessed, false);
  assert.equal(connectionError(0x99, "Peer is odd").message, "Peer is odd (0x99)");
});

Deno.test("the unprocessed twin of an error differs in that alone, and names it as its cause", () => {
  const error = new Http2Error("Gone", { code: 7, scope: "connection", remote: true });
  const twin = error.asUnprocessed();
  assert.equal(twin.message, error.message);
  assert.deepEqual([twin.code, twin.scope, twin.remote], [7, "connection", true]);
  assert.equal(twin.unprocessed, true);
  assert.equal(twin.cause, error);
});
