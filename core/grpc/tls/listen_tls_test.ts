import assert from "node:assert/strict";
import { Code, ConnectError } from "@connectrpc/connect";
import { Authority } from "@jumpstarter/testing/certs";
import { EchoService } from "@jumpstarter/testing/echo/v1";
import { echoClient } from "../client/fixture_test.ts";
import type { TlsClientOptions } from "../client/mod.ts";
import { createGrpcTransport } from "../client/mod.ts";
import { GrpcServer } from "../server/server.ts";
import { listenTls, type ListenTlsOptions } from "./listen_tls.ts";

const ca = await Authority.create();
const leaf = await ca.issue({ name: "localhost" });
const person = await ca.issue({ name: "a client" });
const other = await Authority.create({ name: "Other CA" });
const stranger = await other.issue({ name: "a stranger" });

/** Deno 2.6's `node:tls` server asks for no client certificates. */
const asksForCertificates = !Deno.version.deno.startsWith("2.6.");

/** What a call to a server that listens with `options` comes to: "ok", or the error's code. */
async function call(
  options: Partial<ListenTlsOptions>,
  tls: TlsClientOptions,
): Promise<string> {
  const { cert, key } = leaf;
  const listener = await listenTls({ port: 0, cert, key, ...options });
  await using grpc = new GrpcServer();
  grpc.add(EchoService, { echo: ({ text }) => ({ text }) });
  const serving = grpc.serve(listener);
  await using transport = createGrpcTransport({ address: `127.0.0.1:${listener.addr.port}`, tls });
  try {
    return (await echoClient(transport).echo({ text: "ok" })).text;
  } catch (error) {
    return Code[ConnectError.from(error).code];
  } finally {
    grpc.close();
    await serving;
  }
}

Deno.test("listenTls serves gRPC over TLS", async () => {
  assert.equal(await call({}, { ca: ca.cert }), "ok");
});

Deno.test("listenTls: a client that does not trust the certificate gets nowhere, and others go on", async () => {
  const { cert, key } = leaf;
  const listener = await listenTls({ port: 0, cert, key });
  await using grpc = new GrpcServer();
  grpc.add(EchoService, { echo: ({ text }) => ({ text }) });
  const serving = grpc.serve(listener);
  const address = `127.0.0.1:${listener.addr.port}`;
  // Not TLS at all, a handshake begun and left, and one that fails.
  const plain = await Deno.connect({ port: listener.addr.port });
  await plain.write(new TextEncoder().encode("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
  const silent = await Deno.connect({ port: listener.addr.port });
  await using wary = createGrpcTransport({ address, tls: { ca: other.cert } });
  await assert.rejects(async () => await echoClient(wary).echo({}));
  await using transport = createGrpcTransport({ address, tls: { ca: ca.cert } });
  assert.equal((await echoClient(transport).echo({ text: "still here" })).text, "still here");
  plain.close();
  silent.close();
  grpc.close();
  await serving;
});

Deno.test("listenTls: accept waits, and rejects once the listener is closed", async () => {
  const { cert, key } = leaf;
  const listener = await listenTls({ port: 0, cert, key });
  const accepted = listener.accept();
  listener.close();
  await assert.rejects(
    accepted,
    (error: Error) =>
      error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted,
  );
  await assert.rejects(async () => await listener.accept());
});

Deno.test("listenTls: a port that is taken is an error", async () => {
  const { cert, key } = leaf;
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  await assert.rejects(async () => await listenTls({ port, cert, key }));
  taken.close();
});

Deno.test({
  name:
    "listenTls with clientCa serves only clients whose certificate that CA signed [needs Deno 2.9]",
  ignore: !asksForCertificates,
  async fn() {
    const server = { clientCa: ca.cert };
    assert.equal(await call(server, { ca: ca.cert, cert: person.cert, key: person.key }), "ok");
    assert.equal(await call(server, { ca: ca.cert }), "Unavailable");
    const { cert, key } = stranger;
    assert.equal(await call(server, { ca: ca.cert, cert, key }), "Unavailable");
  },
});
