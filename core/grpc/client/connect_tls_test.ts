import assert from "node:assert/strict";
import { Code, ConnectError } from "@connectrpc/connect";
import { EchoService } from "@jumpstarter/testing/echo/v1";
import { Authority, type Certificate } from "@jumpstarter/testing/certs";
import { GrpcServer } from "../server/server.ts";
import type { TlsClientOptions } from "./connect_tls.ts";
import { echoClient } from "./fixture_test.ts";
import { createGrpcTransport } from "./transport.ts";

const ca = await Authority.create();
const leaf = await ca.issue({ name: "leaf" });
const other = await Authority.create({ name: "Other CA" });
/** What `openssl req -x509` makes: signed by itself, CA:TRUE. */
const selfSigned = await Authority.create({ name: "localhost", ca: true });
const impostor = await Authority.create({ name: "localhost", ca: true });

/** Deno 2.6's `node:tls` cannot verify a server certificate that says CA:TRUE. */
const verifiesOwnCa = !Deno.version.deno.startsWith("2.6.");

/** What an echo over TLS comes to: the authority the server saw, or the error. */
async function call(
  server: Certificate,
  tls: boolean | TlsClientOptions,
  listen: { alpnProtocols?: string[] } = { alpnProtocols: ["h2"] },
): Promise<string> {
  const listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert: server.cert,
    key: server.key,
    ...listen,
  });
  await using grpc = new GrpcServer();
  grpc.add(EchoService, { echo: ({ data }) => ({ text: "ok", data }) });
  const serving = grpc.serve(listener);
  await using transport = createGrpcTransport({
    address: `127.0.0.1:${listener.addr.port}`,
    tls,
    maxSendBytes: 32 << 20,
  });
  try {
    const data = crypto.getRandomValues(new Uint8Array(65536));
    const client = echoClient(transport);
    const answers = await Promise.all(Array.from({ length: 40 }, () => client.echo({ data })));
    for (const answer of answers) assert.deepEqual(answer.data, data);
    return answers[0].text;
  } catch (error) {
    assert.ok(error instanceof ConnectError, String(error));
    assert.equal(error.code, Code.Unavailable);
    return error.rawMessage;
  } finally {
    grpc.close();
    await serving;
  }
}

Deno.test("a certificate of a trusted CA is taken, any other is not", async () => {
  assert.equal(await call(leaf, { ca: ca.cert }), "ok");
  assert.equal(await call(leaf, { ca: other.cert + ca.cert }), "ok");
  assert.match(await call(leaf, true), /UnknownIssuer/);
  assert.match(await call(leaf, { ca: other.cert }), /UnknownIssuer/);
  // It trusts a certificate that was signed by the one shown, not the one shown.
  assert.match(await call(leaf, { ca: leaf.cert }), /UnknownIssuer|UNABLE|unable/);
});

Deno.test("what is no certificate is refused", async () => {
  assert.notEqual(await call(leaf, { ca: "no PEM" }), "ok");
  const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  assert.notEqual(await call(leaf, { ca: broken }), "ok");
});

Deno.test("the name in the certificate must be the one that was asked for", async () => {
  const board = await ca.issue({ name: "board", dnsNames: ["board.test"], addresses: [] });
  assert.equal(await call(board, { ca: ca.cert, serverName: "board.test" }), "ok");
  assert.match(await call(board, { ca: ca.cert }), /not valid for name|NotValidForName/);
  assert.match(
    await call(board, { ca: ca.cert, serverName: "x.test" }),
    /not valid for name|NotValidForName/,
  );
});

Deno.test("an expired certificate is refused", async () => {
  const day = 24 * 60 * 60 * 1000;
  const notBefore = new Date(Date.now() - 3 * day);
  const notAfter = new Date(Date.now() - 2 * day);
  const expired = await ca.issue({ name: "expired", notBefore, notAfter });
  assert.match(await call(expired, { ca: ca.cert }), /expired/i);
});

Deno.test("a self-signed certificate with CA:TRUE can be trusted by itself, and no other like it", async () => {
  const own = await call(selfSigned, { ca: selfSigned.cert });
  if (verifiesOwnCa) assert.equal(own, "ok");
  else assert.match(own, /Cannot verify/);
  assert.notEqual(await call(impostor, { ca: selfSigned.cert }), "ok");
  assert.notEqual(await call(selfSigned, { ca: selfSigned.cert, serverName: "x.test" }), "ok");
  assert.notEqual(await call(selfSigned, true), "ok");
});

Deno.test("insecure takes any certificate, whoever signed it and whatever its name", async () => {
  const wrongName = await other.issue({ name: "x", dnsNames: ["x.test"], addresses: [] });
  for (const server of [selfSigned, leaf, wrongName]) {
    assert.equal(await call(server, { insecure: true }), "ok");
  }
  assert.equal(await call(wrongName, { insecure: true, serverName: "y.test" }), "ok");
});

Deno.test("a server that does not agree on HTTP/2 is refused", async () => {
  const refused = /must agree on HTTP\/2 \(ALPN h2\): current value is 'none'/;
  assert.match(await call(leaf, { ca: ca.cert }, {}), refused);
  assert.match(await call(leaf, { insecure: true }, {}), refused);
});

Deno.test("verification stays on when a client certificate is given", async () => {
  const client = await ca.issue({ name: "client" });
  assert.equal(await call(leaf, { ca: ca.cert, ...client }), "ok");
  assert.notEqual(await call(leaf, { ca: other.cert, ...client }), "ok");
  assert.notEqual(await call(leaf, { ca: ca.cert, ...client, serverName: "x.test" }), "ok");
});

Deno.test("a handshake that does not end is given up at the connect time-out", async () => {
  // Deno 2.6's node:tls keeps the socket of a handshake that was broken off.
  for (const tls of verifiesOwnCa ? [true, { insecure: true }] : [true]) {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const accepted = listener.accept();
    const address = `127.0.0.1:${listener.addr.port}`;
    await using transport = createGrpcTransport({ address, tls, connectTimeoutMs: 50 });
    await assert.rejects(
      echoClient(transport).echo({}),
      (error: ConnectError) =>
        error.code === Code.Unavailable && /timed out after 50 ms/.test(error.message),
    );
    (await accepted).close();
    listener.close();
  }
});

Deno.test("TLS is refused where there is none", () => {
  for (const address of ["unix:/tmp/x.sock", (): Promise<never> => new Promise(() => {})]) {
    assert.throws(() => createGrpcTransport({ address, tls: true }), /Cannot use TLS/);
  }
});

Deno.test("wrong TLS options are found before anything is connected", () => {
  const wrong: [TlsClientOptions, RegExp][] = [
    [{ cert: leaf.cert }, /cert and key must be given together/],
    [{ cert: "none", key: leaf.key }, /cert is no PEM/],
    [{ cert: leaf.cert, key: "none" }, /key is no PEM/],
    [{ cert: leaf.cert, key: ca.key }, /key does not belong to cert/],
    [{ serverName: "127.0.0.1" }, /must be a host name: current value is '127.0.0.1'/],
  ];
  for (const [tls, message] of wrong) {
    assert.throws(() => createGrpcTransport({ address: "localhost:1", tls }), message);
  }
});
