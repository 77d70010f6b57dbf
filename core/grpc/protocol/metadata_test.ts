import assert from "node:assert/strict";
import {
  Code,
  type ConnectError,
  decodeBinaryHeader,
  encodeBinaryHeader,
} from "@connectrpc/connect";
import fc from "fast-check";
import type { Field } from "../../http2/mod.ts";
import { appendMetadata, binaryValues, headersFromFields } from "./metadata.ts";

Deno.test("metadata leaves out pseudo and protocol fields, and keeps the rest", () => {
  const headers = headersFromFields([
    [":path", "/a/b"],
    ["content-type", "application/grpc"],
    ["te", "trailers"],
    ["grpc-timeout", "1S"],
    ["user-agent", "test/1"],
    ["x-one", "1"],
    ["x-one", "2"],
    ["x-empty", ""],
  ]);
  assert.deepEqual([...headers], [["user-agent", "test/1"], ["x-empty", ""], ["x-one", "1, 2"]]);
});

Deno.test("metadata in true binary becomes base64", () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => {
    const raw = "\0" + String.fromCharCode(...bytes);
    const headers = headersFromFields([["x-raw-bin", raw]]);
    assert.deepEqual(decodeBinaryHeader(headers.get("x-raw-bin")!), bytes);
  }));
});

Deno.test("metadata that Headers cannot hold is left out, not thrown", () => {
  assert.deepEqual([...headersFromFields([["x-a", "\x00"], ["(", "1"], ["x-b", "\xff"]])], [
    ["x-b", "\xff"],
  ]);
});

Deno.test("binary metadata is read padded, unpadded and joined by commas", () => {
  const headers = new Headers({ "x-bin": "AQ==, AQI,AQID" });
  assert.deepEqual(binaryValues(headers, "x-bin"), [
    new Uint8Array([1]),
    new Uint8Array([1, 2]),
    new Uint8Array([1, 2, 3]),
  ]);
  assert.deepEqual(binaryValues(headers, "y-bin"), []);
  assert.throws(
    () => binaryValues(new Headers({ "x-bin": "§" }), "x-bin"),
    (error: ConnectError) => error.code === Code.DataLoss,
  );
});

Deno.test("metadata is sent but for reserved names, binary values one by one", () => {
  const fields: Field[] = [];
  const headers = new Headers({ "X-Text": "a, b", "grpc-status": "0", "te": "x", "x-e": "" });
  headers.append("x-bin", encodeBinaryHeader(new Uint8Array([255])));
  headers.append("x-bin", encodeBinaryHeader(new Uint8Array([1])));
  appendMetadata(fields, headers);
  assert.deepEqual(fields, [["x-bin", "/w"], ["x-bin", "AQ"], ["x-e", ""], ["x-text", "a, b"]]);
});

Deno.test("metadata that gRPC cannot carry is refused with a clear text", () => {
  const cases: [Record<string, string>, RegExp][] = [
    [{ "x-a": "ü" }, /value of x-a must be printable ASCII: current value is 'ü'/],
    [{ "x-a": "\x7f" }, /printable ASCII/],
    [{ "x~a": "1" }, /name must be of/],
    [{ "x-bin": "not base64!" }, /value of x-bin must be base64/],
  ];
  for (const [init, text] of cases) {
    assert.throws(() => appendMetadata([], new Headers(init)), (error: ConnectError) => {
      assert.equal(error.code, Code.Internal);
      assert.match(error.rawMessage, text);
      return true;
    });
  }
});
