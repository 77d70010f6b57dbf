import assert from "node:assert/strict";
import { Code, ConnectError } from "@connectrpc/connect";
import { EchoRequestSchema } from "@jumpstarter/testing/echo/v1";
import { fieldValue } from "../../http2/mod.ts";
import { OK_TRAILERS, statusFromTrailers, statusTrailers } from "./status.ts";

Deno.test("status OK without metadata is one constant section", () => {
  assert.equal(statusTrailers(null), OK_TRAILERS);
  assert.equal(statusFromTrailers(OK_TRAILERS), null);
});

Deno.test("status keeps code, message, metadata and details", () => {
  const error = new ConnectError("kaputt: 100 % ü", Code.FailedPrecondition, { "x-why": "board" }, [
    { desc: EchoRequestSchema, value: { text: "detail" } },
  ]);
  const read = statusFromTrailers(statusTrailers(error, new Headers({ "x-more": "1" })))!;
  assert.equal(read.code, Code.FailedPrecondition);
  assert.equal(read.rawMessage, "kaputt: 100 % ü");
  assert.deepEqual([...read.metadata], [["x-more", "1"], ["x-why", "board"]]);
  assert.equal(read.findDetails(EchoRequestSchema)[0].text, "detail");
});

Deno.test("status of an error that came from another wire does not pass on its metadata", () => {
  const error = new ConnectError("x", Code.Aborted, { "x-inner": "1" });
  error.isWireError = true;
  assert.equal(fieldValue(statusTrailers(error), "x-inner"), undefined);
});

Deno.test("status with metadata that cannot be sent is still a status", () => {
  const broken = new Headers({ "x-a": "ü" });
  assert.deepEqual(statusTrailers(new ConnectError("why", Code.NotFound), broken), [
    ["grpc-status", "5"],
    ["grpc-message", "why"],
  ]);
  assert.equal(fieldValue(statusTrailers(null, broken), "grpc-status"), String(Code.Internal));
});

Deno.test("status leaves out details that would cost the client the code", () => {
  const error = new ConnectError("big", Code.Aborted, undefined, [
    { desc: EchoRequestSchema, value: { text: "x".repeat(10_000) } },
  ]);
  assert.deepEqual(statusTrailers(error), [["grpc-status", "10"], ["grpc-message", "big"]]);
});

Deno.test("status codes that no table has count as unknown", () => {
  for (const text of ["17", "-1", "x", "", "1.5", "Unknown"]) {
    assert.equal(statusFromTrailers([["grpc-status", text]])?.code, Code.Unknown, text);
  }
  const odd = new ConnectError("odd", 99 as Code);
  assert.equal(fieldValue(statusTrailers(odd), "grpc-status"), String(Code.Unknown));
});

Deno.test("status that is missing is told apart", () => {
  assert.equal(statusFromTrailers([["x-a", "1"]]), undefined);
});

Deno.test("status with broken details keeps code and message", () => {
  const fields = [["grpc-status", "5"], ["grpc-message", "m"], ["grpc-status-details-bin", "%%"]];
  const error = statusFromTrailers(fields as [string, string][])!;
  assert.equal(error.code, Code.NotFound);
  assert.equal(error.rawMessage, "m");
  assert.deepEqual(error.details, []);
});
