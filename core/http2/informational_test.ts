// RFC 9113 §8.1: informational responses before the final one.
import assert from "node:assert/strict";
import { ErrorCode } from "./errors.ts";
import { connectHttp2 } from "./client.ts";
import { OK } from "./testing/answers.ts";
import { Call } from "./testing/call.ts";
import { dataFrame, headersFrame } from "./testing/frame_bytes.ts";
import { RawPeer } from "./testing/raw_peer.ts";
import { SessionPair } from "./testing/session_pair.ts";
import { tcpPair } from "./testing/tcp_pair.ts";

Deno.test("any number of informational responses come before the final one", async () => {
  await using pair = await SessionPair.open({
    onStream(stream) {
      stream.sendInformational([[":status", "100"]]);
      stream.sendInformational([[":status", "103"], ["link", "</a>"]]);
      stream.sendHeaders(OK, true);
      stream.sendInformational([[":status", "103"]]); // too late: nothing happens
      return { onData() {}, onClose() {} };
    },
  });
  const call = pair.call();
  assert.equal(await call.over, null);
  assert.deepEqual(call.informational, [
    [[":status", "100"]],
    [[":status", "103"], ["link", "</a>"]],
  ]);
  assert.equal(call.status, "200");
});

Deno.test("a client may wait for 100 before it sends its body", async () => {
  await using pair = await SessionPair.open({
    onStream(stream) {
      stream.sendInformational([[":status", "100"]]);
      return {
        onData(data, end) {
          stream.consume(data.length);
          if (end) stream.sendHeaders(OK, true);
        },
        onClose() {},
      };
    },
  });
  const call = pair.call({ body: undefined });
  await pair.client.ping();
  assert.equal(call.informational.length, 1);
  call.stream.sendData(null, new Uint8Array(100), true);
  assert.equal(await call.over, null);
});

/** A client, and the server it talks to by hand. */
async function handMade(): Promise<{ client: ReturnType<typeof connectHttp2>; peer: RawPeer }> {
  const [near, far] = await tcpPair();
  const client = connectHttp2(near);
  return { client, peer: await RawPeer.server(far) };
}

const WRONG: Record<string, Uint8Array[]> = {
  "an informational response that ends the stream": [
    headersFrame(1, [[":status", "100"]], true),
  ],
  "an informational response after the final one": [
    headersFrame(1, OK),
    headersFrame(1, [[":status", "103"]]),
  ],
  "DATA before the final response": [
    headersFrame(1, [[":status", "100"]]),
    dataFrame(1, Uint8Array.of(1)),
  ],
  "a second response": [headersFrame(1, OK), headersFrame(1, OK, true)],
  "trailers that do not end the stream": [headersFrame(1, OK), headersFrame(1, [["x", "y"]])],
  "a response without :status": [headersFrame(1, [["x", "y"]])],
  "trailers with a pseudo-header field": [
    headersFrame(1, OK),
    headersFrame(1, [[":status", "200"]], true),
  ],
};

for (const [what, frames] of Object.entries(WRONG)) {
  Deno.test(`${what} is malformed: it resets its stream and no other`, async () => {
    const { client, peer } = await handMade();
    await using _ = peer;
    const bad = new Call(client);
    const good = new Call(client);
    await peer.send(...frames);
    assert.equal((await bad.over)?.code, ErrorCode.PROTOCOL_ERROR);
    assert.equal(await peer.reset(1), ErrorCode.PROTOCOL_ERROR);
    await peer.send(headersFrame(3, OK, true));
    assert.equal(await good.over, null);
    client.close();
    await client.closed;
  });
}
