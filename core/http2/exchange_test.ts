// Requests and responses between our two ends, on everything that carries bytes.
import assert from "node:assert/strict";
import { makeCertificates } from "@jumpstarter/testing/certs";
import { duplexPair } from "../stream/mod.ts";
import type { ByteConn } from "./byte_conn.ts";
import { byteConnFromDuplex } from "./duplex_conn.ts";
import { echo, OK } from "./testing/answers.ts";
import { requestFields } from "./testing/call.ts";
import { SessionPair } from "./testing/session_pair.ts";
import { tcpPair } from "./testing/tcp_pair.ts";
import { tlsPair } from "./testing/tls_pair.ts";
import { Random } from "./testing/seed.ts";

const CARRIERS: Record<string, () => Promise<[ByteConn, ByteConn]>> = {
  "TCP": tcpPair,
  "TLS": async () => {
    const { ca, server } = await makeCertificates();
    return await tlsPair(server, ca.cert);
  },
  "a unix socket": async () => {
    const folder = await Deno.makeTempDir();
    const path = `${folder}/h2.sock`;
    const listener = Deno.listen({ transport: "unix", path });
    try {
      return await Promise.all([Deno.connect({ transport: "unix", path }), listener.accept()]);
    } finally {
      listener.close();
      await Deno.remove(folder, { recursive: true });
    }
  },
  "a Duplex in memory": () => {
    const [near, far] = duplexPair();
    return Promise.resolve([byteConnFromDuplex(near), byteConnFromDuplex(far)]);
  },
};

for (const [name, conns] of Object.entries(CARRIERS)) {
  Deno.test(`a request and its response go over ${name}`, async () => {
    await using pair = await SessionPair.open({ onStream: echo, conns });
    const body = new Random(1).octets(300_000);
    const call = pair.call({ fields: requestFields("/a", "POST"), body });
    assert.equal(await call.over, null);
    assert.equal(call.status, "200");
    assert.deepEqual(call.body, body);
  });

  Deno.test(`many exchanges at once go over ${name}, and each gets its own`, async () => {
    await using pair = await SessionPair.open({ onStream: echo, conns });
    const random = new Random(2);
    const bodies = Array.from({ length: 100 }, () => random.octets(random.below(30_000)));
    const calls = bodies.map((body) => pair.call({ body, trailers: [["x-n", `${body.length}`]] }));
    for (const [i, call] of calls.entries()) {
      assert.equal(await call.over, null);
      assert.deepEqual(call.body, bodies[i]);
      assert.deepEqual(call.trailers, [["x-n", `${bodies[i].length}`]]);
    }
  });

  Deno.test(`a drain over ${name} ends both sides in order`, async () => {
    await using pair = await SessionPair.open({ onStream: echo, conns });
    await pair.call().over;
    await pair.client.drain();
    assert.equal(await pair.client.closed, null);
    assert.equal(await pair.server.closed, null);
  });
}

Deno.test("requests may be made before the server's SETTINGS have come", async () => {
  await using pair = await SessionPair.open({ onStream: echo });
  const call = pair.call({ body: new TextEncoder().encode("early") });
  assert.equal(pair.client.peerSettings.maxConcurrentStreams, Infinity);
  assert.equal(await call.over, null);
  assert.equal(call.text, "early");
  await pair.client.ready;
  assert.equal(pair.client.peerSettings.maxConcurrentStreams, 4096);
});

Deno.test("the request's fields arrive in their order, with repeated names, and octets above ASCII", async () => {
  const fields = [
    ...requestFields("/x"),
    ["b", "1"],
    ["a", "2"],
    ["b", "3"],
    ["latin", "\xe4\xff\x80"],
    ["empty", ""],
  ] as const;
  let got: unknown;
  await using pair = await SessionPair.open({
    onStream: (stream, fields) => {
      got = fields;
      stream.sendHeaders([...OK, ["c", "\xe9"], ["c", "2"]], true);
      return { onData() {}, onClose() {} };
    },
  });
  const call = pair.call({ fields });
  assert.equal(await call.over, null);
  assert.deepEqual(got, fields);
  assert.deepEqual(call.headers, [...OK, ["c", "\xe9"], ["c", "2"]]);
});

Deno.test("a response may end before its request does, and the request may be given up then", async () => {
  await using pair = await SessionPair.open({
    onStream: (stream) => {
      stream.sendHeaders(OK, true);
      return { onData() {}, onClose() {} };
    },
  });
  const call = pair.call({ body: undefined });
  await call.answered;
  assert.equal(call.ended, true);
  assert.equal(pair.client.activeStreams, 1);
  call.stream.sendData(null, new Uint8Array(10), true);
  assert.equal(await call.over, null);
});

Deno.test("both directions of one stream flow at the same time", async () => {
  await using pair = await SessionPair.open({ onStream: echo });
  const call = pair.call({ body: undefined });
  for (let i = 0; i < 50; i++) {
    const answer = new Promise<Uint8Array>((resolve) => call.whenData = resolve);
    call.stream.sendData(Uint8Array.of(i), null, false);
    assert.deepEqual([...await answer], [i]);
  }
  call.stream.sendData(null, null, true);
  assert.equal(await call.over, null);
});

Deno.test("a head is copied: the caller's scratch buffer may be used again at once", async () => {
  await using pair = await SessionPair.open({ onStream: echo });
  const call = pair.call({ body: undefined });
  const scratch = new Uint8Array(5);
  const expected: number[] = [];
  // More than the first window, so that some of it is queued.
  for (let i = 0; i < 1000; i++) {
    scratch.fill(i);
    call.stream.sendData(scratch, new Uint8Array(200).fill(i), false);
    expected.push(...new Uint8Array(205).fill(i));
  }
  call.stream.sendData(null, null, true);
  assert.equal(await call.over, null);
  assert.deepEqual(call.body, Uint8Array.from(expected));
});
