import assert from "node:assert/strict";
import { isGrpcContentType, messageFormat, responseContentType } from "./content_type.ts";

Deno.test("content types of gRPC are known in all spellings", () => {
  for (const type of ["application/grpc", "application/grpc+proto", "Application/GRPC; a=b"]) {
    assert.equal(messageFormat(type), "proto", type);
    assert.ok(isGrpcContentType(type), type);
  }
  assert.equal(messageFormat("application/grpc+json; charset=utf-8"), "json");
});

Deno.test("content types of others are not gRPC", () => {
  for (
    const type of [undefined, "", "application/grpc-web", "application/grpc-web+proto", "text/html"]
  ) {
    assert.equal(messageFormat(type), undefined, type);
    assert.equal(isGrpcContentType(type), false, type);
  }
  assert.equal(isGrpcContentType("application/grpc+cbor"), true);
  assert.equal(messageFormat("application/grpc+cbor"), undefined);
});

Deno.test("content type of a response has the form of the request's", () => {
  assert.equal(responseContentType("application/grpc"), "application/grpc");
  assert.equal(responseContentType("application/grpc;x=y"), "application/grpc");
  assert.equal(responseContentType("application/grpc+proto"), "application/grpc+proto");
  assert.equal(responseContentType("application/grpc+json; charset=utf8"), "application/grpc+json");
});
