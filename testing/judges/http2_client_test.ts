import assert from "node:assert/strict";
import { ErrorCode, fieldValue, Http2Error, type Http2Options } from "@jumpstarter/core/http2";
import { testWith } from "../tool.ts";
import { ClientConnection } from "./exchange.ts";
import { patternBytes } from "./h2_handler.ts";
import { type PeerServer, startGo, startNghttpd, startNode } from "./peer_servers.ts";

const MIB = 1 << 20;

function connect(server: PeerServer, options?: Http2Options): Promise<ClientConnection> {
  return ClientConnection.open(server.port, server.ca, options);
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** Bytes that do not repeat with the size of a frame. */
function someBytes(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => (i ^ (i >> 7) ^ (i >> 16)) * 167);
}

const PEERS = [
  { name: "Go's server", tools: ["go"], start: startGo },
  { name: "node's http2 server", tools: ["node"], start: startNode.bind(null, "node") },
];
// node:http2 of older ones answers some requests never, whoever asks.
if (!/^2\.[0-8]\./.test(Deno.version.deno)) {
  PEERS.push({ name: "deno's node:http2 server", tools: [], start: startNode.bind(null, "deno") });
}

for (const { name, tools, start } of PEERS) {
  for (const tls of [false, true]) {
    const with_ = `${name} ${tls ? "over TLS" : "over TCP"}`;

    testWith(`our client gets bodies, trailers and early hints from ${with_}`, tools, async () => {
      await using server = await start(tls);
      await using client = await connect(server);
      const plain = await client.get("/", { fields: [["x-name", "board"]] });
      assert.deepEqual([plain.status, text(plain.body)], ["200", "hello board"]);
      const trailed = await client.get("/trailers");
      assert.equal(text(trailed.body), "body");
      assert.equal(fieldValue(trailed.trailers, "x-trailer"), "last");
      const early = await client.get("/early");
      assert.equal(early.informational.length, 1);
      assert.equal(fieldValue(early.informational[0], ":status"), "103");
      assert.equal(fieldValue(early.informational[0], "link"), "</style.css>; rel=preload");
      assert.deepEqual([early.status, text(early.body)], ["200", "late"]);
      assert.ok(await client.session.ping() >= 0);
    });

    testWith(`our client gets 8 MiB back, trailers too, from ${with_}`, tools, async () => {
      await using server = await start(tls);
      await using client = await connect(server);
      const body = someBytes(8 * MIB);
      const answer = await client.get("/echo", {
        body,
        fields: [["trailer", "x-checksum"]],
        trailers: [["x-checksum", "4711"]],
      });
      assert.equal(answer.status, "200");
      assert.deepEqual(answer.body, body);
      assert.equal(fieldValue(answer.trailers, "x-checksum"), "4711");
    });

    testWith(`300 requests at once share the 10 streams of ${with_}`, tools, async () => {
      await using server = await start(tls);
      await using client = await connect(server);
      assert.equal(client.session.peerSettings.maxConcurrentStreams, 10);
      const names = Array.from({ length: 300 }, (_, i) => `board-${i}`);
      const answers = await Promise.all(
        names.map((name) =>
          client.get("/", { fields: [["x-name", name], ["x-again", "a".repeat(64)]] })
        ),
      );
      assert.deepEqual(answers.map(({ body }) => text(body)), names.map((name) => `hello ${name}`));
      assert.equal(client.session.activeStreams, 0);
    });

    testWith(`a reader that waits holds back ${with_}, within its window`, tools, async () => {
      await using server = await start(tls);
      await using client = await connect(server, { streamWindow: 65_535 });
      const slow = client.send(`/bytes/${3 * MIB}`, { holdWindow: true });
      const other = await client.get(`/bytes/${2 * MIB}`);
      assert.deepEqual(other.body, patternBytes(2 * MIB));
      assert.equal(slow.received, 65_535);
      slow.release();
      assert.deepEqual((await slow.answer).body, patternBytes(3 * MIB));
    });

    testWith(`RST_STREAM of ${with_} ends one stream only`, tools, async () => {
      await using server = await start(tls);
      await using client = await connect(server);
      const other = client.send("/echo", { hold: true });
      await other.responded;
      await assert.rejects(client.get("/reset"), (error) => {
        assert.ok(error instanceof Http2Error);
        assert.deepEqual([error.scope, error.remote], ["stream", true]);
        assert.equal(error.code, ErrorCode.INTERNAL_ERROR);
        return true;
      });
      const cancelled = client.send("/echo", { hold: true });
      await cancelled.responded;
      cancelled.stream.reset(ErrorCode.CANCEL);
      await assert.rejects(cancelled.answer, { code: ErrorCode.CANCEL, remote: false });
      other.finish();
      assert.equal((await other.answer).status, "200");
    });

    testWith(`a graceful end of ${with_} lets the open stream finish`, tools, async () => {
      await using server = await start(tls);
      await using client = await connect(server);
      const open = client.send("/echo", { hold: true });
      await open.responded;
      const away = Promise.withResolvers<void>();
      client.session.onGoaway = () => away.resolve();
      await server.shutDown();
      await away.promise;
      assert.equal(client.session.accepting, false);
      assert.throws(() => client.send("/"), { unprocessed: true });
      open.stream.sendData(new Uint8Array(0), new TextEncoder().encode("last words"), true);
      assert.equal(text((await open.answer).body), "last words");
      assert.equal(await client.session.closed, null);
    });
  }
}

for (const tls of [false, true]) {
  const with_ = `nghttpd ${tls ? "over TLS" : "over TCP"}`;
  const big = someBytes(8 * MIB);

  testWith(`our client gets files, padded, and trailers from ${with_}`, ["nghttpd"], async () => {
    const options = ["--trailer", "x-trailer: last", "--padding=200"];
    await using server = await startNghttpd(tls, { big }, options);
    await using client = await connect(server);
    const answer = await client.get("/big");
    assert.equal(answer.status, "200");
    assert.deepEqual(answer.body, big);
    assert.equal(fieldValue(answer.trailers, "x-trailer"), "last");
    assert.equal((await client.get("/missing")).status, "404");
  });

  testWith(`our client uploads through the small windows of ${with_}`, ["nghttpd"], async () => {
    const options = ["--echo-upload", "-w", "12", "-W", "16"];
    await using server = await startNghttpd(tls, {}, options);
    await using client = await connect(server);
    assert.equal(client.session.peerSettings.initialWindowSize, 4095);
    const answers = await Promise.all(
      [1, 2, 3].map((i) => client.get("/", { body: big.subarray(0, i * MIB) })),
    );
    answers.forEach(({ body }, i) => assert.deepEqual(body, big.subarray(0, (i + 1) * MIB)));
  });

  testWith(`300 requests at once share the 7 streams and the tiny table of ${with_}`, [
    "nghttpd",
  ], async () => {
    const options = ["-m", "7", "-c", "64", "--encoder-header-table-size=128"];
    await using server = await startNghttpd(
      tls,
      { "file.txt": new TextEncoder().encode("text") },
      options,
    );
    await using client = await connect(server);
    assert.equal(client.session.peerSettings.headerTableSize, 64);
    const requests = Array.from(
      { length: 300 },
      (_, i) => client.get("/file.txt", { fields: [["x-name", `${i}`]] }),
    );
    for (const { status, body } of await Promise.all(requests)) {
      assert.deepEqual([status, text(body)], ["200", "text"]);
    }
  });
}
