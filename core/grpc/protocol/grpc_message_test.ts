import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeGrpcMessage, encodeGrpcMessage, MAX_GRPC_MESSAGE_BYTES } from "./grpc_message.ts";

const text = fc.string({ unit: "binary", maxLength: 200 });

Deno.test("grpc-message survives encoding and decoding", () => {
  fc.assert(fc.property(text, (message) => {
    const encoded = encodeGrpcMessage(message);
    assert.match(encoded, /^[\x20-\x7e]*$/);
    assert.equal(decodeGrpcMessage(encoded), message.toWellFormed());
  }));
});

Deno.test("grpc-message is cut to 4 KiB at a whole character", () => {
  fc.assert(fc.property(text, fc.integer({ min: 1, max: 400 }), (message, times) => {
    const long = message.repeat(times);
    const encoded = encodeGrpcMessage(long);
    assert.ok(encoded.length <= MAX_GRPC_MESSAGE_BYTES);
    assert.ok(long.toWellFormed().startsWith(decodeGrpcMessage(encoded)));
    if (encoded.length < MAX_GRPC_MESSAGE_BYTES - 12) {
      assert.equal(decodeGrpcMessage(encoded), long.toWellFormed());
    }
  }));
});

Deno.test("grpc-message escapes percent, control and non-ASCII octets as UTF-8", () => {
  assert.equal(encodeGrpcMessage("50 % of ü\n"), "50 %25 of %C3%BC%0A");
});

Deno.test("grpc-message decoding takes anything", () => {
  fc.assert(fc.property(fc.string({ unit: "binary-ascii" }), (value) => {
    decodeGrpcMessage(value);
  }));
  assert.equal(decodeGrpcMessage("100%"), "100%");
  assert.equal(decodeGrpcMessage("%zz%4"), "%zz%4");
  assert.equal(decodeGrpcMessage("%ff"), "\ufffd");
  assert.equal(decodeGrpcMessage("\xc3\xbc"), "ü", "octets that were not escaped are UTF-8");
});
