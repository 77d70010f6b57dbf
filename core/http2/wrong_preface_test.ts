// Peers that do not speak HTTP/2 at all.
import assert from "node:assert/strict";
import { ErrorCode } from "./errors.ts";
import { CLIENT_PREFACE } from "./frames.ts";
import { echo } from "./testing/answers.ts";
import { testAttack } from "./testing/attack.ts";
import { clientHello, headersFrame, join, pingFrame, SETTINGS_ACK } from "./testing/frame_bytes.ts";
import { requestFields } from "./testing/call.ts";
import { RawPeer } from "./testing/raw_peer.ts";
import { Random } from "./testing/seed.ts";
import { connectTcp } from "./testing/tcp_pair.ts";

const text = (value: string) => new TextEncoder().encode(value);

/** The beginning of a TLS 1.3 ClientHello record. */
const TLS_HELLO = Uint8Array.of(
  0x16,
  3,
  1,
  2,
  0,
  1,
  0,
  1,
  0xfc,
  3,
  3,
  ...new Array(200).fill(0x5a),
);

const NOT_HTTP2: Record<string, Uint8Array> = {
  "an HTTP/1.1 request": text("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
  "an HTTP/1.1 upgrade": text(
    "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n",
  ),
  "a TLS handshake": TLS_HELLO,
  "an SSH banner": text("SSH-2.0-OpenSSH_9.2\r\n"),
  "a preface with its last octet wrong": join(CLIENT_PREFACE.subarray(0, 23), text("\r")),
  "HTTP/2 without the preface": clientHello().subarray(24),
  "a megabyte of noise": new Random(3).octets(1 << 20),
};

for (const [what, bytes] of Object.entries(NOT_HTTP2)) {
  testAttack(`${what} ends the connection`, async (server) => {
    await using peer = new RawPeer(await connectTcp(server.port));
    await peer.flood(bytes, 1);
    assert.equal((await peer.goaway()).code, ErrorCode.PROTOCOL_ERROR);
    peer.close();
    assert.equal((await server.sessions[1].closed)?.code, ErrorCode.PROTOCOL_ERROR);
  }, { onStream: echo });
}

for (
  const [what, bytes] of [
    ["PING", pingFrame()],
    ["a request", headersFrame(1, requestFields("/"), true)],
    ["an acknowledgement", SETTINGS_ACK],
  ] as const
) {
  testAttack(`${what} before SETTINGS ends the connection`, async (server) => {
    await using peer = new RawPeer(await connectTcp(server.port));
    await peer.send(CLIENT_PREFACE, bytes);
    assert.equal((await peer.goaway()).code, ErrorCode.PROTOCOL_ERROR);
  });
}

testAttack("clients that connect and leave, at any moment of the handshake", async (server) => {
  const bytes = join(clientHello([4, 1000]), headersFrame(1, requestFields("/")));
  for (let length = 0; length <= bytes.length; length++) {
    const peer = new RawPeer(await connectTcp(server.port));
    await peer.send(bytes.subarray(0, length));
    peer.close();
    await peer.ended;
  }
  for (const session of server.sessions.slice(1)) await session.closed;
});
