import assert from "node:assert/strict";
import { Code } from "@connectrpc/connect";
import { ErrorCode, Http2Error } from "../../http2/mod.ts";
import { errorFromHttp2, errorFromHttpStatus } from "./http_code.ts";

const reset = (code: number, more = {}): Code =>
  errorFromHttp2(new Http2Error("x", { code, scope: "stream", remote: true, ...more })).code;

Deno.test("RST_STREAM codes map as gRPC's table says", () => {
  assert.equal(reset(ErrorCode.NO_ERROR), Code.Internal);
  assert.equal(reset(ErrorCode.PROTOCOL_ERROR), Code.Internal);
  assert.equal(reset(ErrorCode.REFUSED_STREAM), Code.Unavailable);
  assert.equal(reset(ErrorCode.CANCEL), Code.Canceled);
  assert.equal(reset(ErrorCode.ENHANCE_YOUR_CALM), Code.ResourceExhausted);
  assert.equal(reset(ErrorCode.INADEQUATE_SECURITY), Code.PermissionDenied);
  assert.equal(reset(0x1234), Code.Internal);
});

Deno.test("a connection that ends makes its calls unavailable", () => {
  assert.equal(reset(ErrorCode.PROTOCOL_ERROR, { scope: "connection" }), Code.Unavailable);
  assert.equal(reset(ErrorCode.NO_ERROR, { unprocessed: true }), Code.Unavailable);
});

Deno.test("HTTP statuses map as gRPC's table says", () => {
  const table = [[400, Code.Internal], [401, Code.Unauthenticated], [403, Code.PermissionDenied]];
  table.push([404, Code.Unimplemented], [429, Code.Unavailable], [503, Code.Unavailable]);
  table.push([200, Code.Unknown], [500, Code.Unknown]);
  for (const [status, code] of table) assert.equal(errorFromHttpStatus(status).code, code);
});
