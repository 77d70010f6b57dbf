/** Both ends of a TLS connection over the loopback, the client's first; the certificate is for `localhost`. */
export async function tlsPair(
  server: { cert: string; key: string },
  ca: string,
): Promise<[Deno.TlsConn, Deno.TlsConn]> {
  const alpnProtocols = ["h2"];
  const listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert: server.cert,
    key: server.key,
    alpnProtocols,
  });
  try {
    const { port } = listener.addr as Deno.NetAddr;
    return await Promise.all([
      Deno.connectTls({ hostname: "localhost", port, caCerts: [ca], alpnProtocols }),
      listener.accept(),
    ]);
  } finally {
    listener.close();
  }
}
