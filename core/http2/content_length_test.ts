// RFC 9113 §8.1.1 and RFC 9110 §8.6: content-length is held against what comes.
import assert from "node:assert/strict";
import { ErrorCode } from "./errors.ts";
import type { FieldList } from "./fields.ts";
import { FrameType } from "./frames.ts";
import { answerAtEnd, OK } from "./testing/answers.ts";
import { requestFields } from "./testing/call.ts";
import { dataFrame, headersFrame } from "./testing/frame_bytes.ts";
import { RawPeer } from "./testing/raw_peer.ts";
import { SessionPair } from "./testing/session_pair.ts";
import { TestServer } from "./testing/test_server.ts";

function withLength(fields: FieldList, length: number): FieldList {
  return [...fields, ["content-length", `${length}`]];
}

/** A pair whose server answers with `fields` and `body`. */
async function answering(fields: FieldList, body: number | null): Promise<SessionPair> {
  return await SessionPair.open({
    onStream(stream) {
      stream.sendHeaders(fields, body === null);
      if (body !== null) stream.sendData(null, new Uint8Array(body), true);
      return { onData() {}, onClose() {} };
    },
  });
}

Deno.test("a response of the announced length is fine, in any number of frames", async () => {
  await using pair = await answering(withLength(OK, 200_000), 200_000);
  const call = pair.call();
  assert.equal(await call.over, null);
  assert.equal(call.received, 200_000);
});

for (const [what, length, body] of [["more", 5, 6], ["less", 5, 4], ["nothing", 5, 0]] as const) {
  Deno.test(`a response with ${what} than its content-length is malformed`, async () => {
    await using pair = await answering(withLength(OK, length), body);
    assert.equal((await pair.call().over)?.code, ErrorCode.PROTOCOL_ERROR);
    assert.equal(await pair.client.ping() >= 0, true);
  });
}

Deno.test("a response that ends with its header section has no content to announce", async () => {
  await using pair = await answering(withLength(OK, 5), null);
  assert.equal((await pair.call().over)?.code, ErrorCode.PROTOCOL_ERROR);
});

Deno.test("a response that ends in trailers is held to its length too", async () => {
  await using pair = await SessionPair.open({
    onStream(stream) {
      stream.sendHeaders(withLength(OK, 5));
      stream.sendTrailers([["x", "y"]]);
      return { onData() {}, onClose() {} };
    },
  });
  assert.equal((await pair.call().over)?.code, ErrorCode.PROTOCOL_ERROR);
});

Deno.test("HEAD, 204 and 304 promise what does not come", async () => {
  const head = requestFields("/", "HEAD");
  for (
    const [fields, status] of [[head, "200"], [requestFields("/"), "304"], [head, "404"]] as const
  ) {
    await using pair = await answering(withLength([[":status", status]], 1234), null);
    const call = pair.call({ fields });
    assert.equal(await call.over, null);
    assert.equal(call.status, status);
  }
  await using pair = await answering([[":status", "204"]], null);
  assert.equal(await pair.call().over, null);
});

Deno.test("a request with another length than announced is reset, and the connection goes on", async () => {
  await using server = new TestServer(answerAtEnd);
  await using peer = await RawPeer.client(server.port);
  const fields = withLength(requestFields("/", "POST"), 10);
  await peer.send(headersFrame(1, fields), dataFrame(1, new Uint8Array(9), true));
  await peer.send(headersFrame(3, fields), dataFrame(3, new Uint8Array(11), false));
  await peer.send(headersFrame(5, fields, true));
  await peer.send(headersFrame(7, fields), headersFrame(7, [["x", "y"]], true));
  await peer.send(headersFrame(9, fields), dataFrame(9, new Uint8Array(4)));
  await peer.send(dataFrame(9, new Uint8Array(6), true));
  for (const id of [1, 3, 5, 7]) assert.equal(await peer.reset(id), ErrorCode.PROTOCOL_ERROR);
  await peer.next(FrameType.HEADERS, 9);
});
