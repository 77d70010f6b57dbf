/**
 * The HTTP/2 server that h2spec, h2load, nghttp and curl judge, without and with TLS. Prints
 * `READY port tls-port` and ends with its standard input.
 *
 * `deno run -A testing/judges/h2_server.ts [port [tls-port]]`
 */
import { serveHttp2 } from "@jumpstarter/core/http2";
import { makeCertificates } from "../certs.ts";
import { sayReady, stdinClosed } from "../ready.ts";
import { handleStream } from "./h2_handler.ts";

/**
 * h2spec's case 4.2/3 sends a header block of 20 KB as if every server took frames of 16,384 octets at most, whatever
 * the server's SETTINGS say: so this one announces that (RFC 9113 §6.5.2) and not the 1 MiB of the default.
 * `nghttp --continuation` sends header sections of 33 KB.
 */
const OPTIONS = { maxFrameSize: 16_384, maxHeaderListSize: 65_536 };

async function serve(listener: Deno.TcpListener | Deno.TlsListener): Promise<void> {
  for (;;) {
    try {
      const conn = await listener.accept();
      if (!("handshake" in conn)) conn.setNoDelay(true);
      serveHttp2(conn, handleStream, OPTIONS);
    } catch (error) {
      if (error instanceof Deno.errors.BadResource) return;
      // A connection that failed before it was taken, e.g. in its TLS handshake, is its own affair.
    }
  }
}

const [port = "0", tlsPort = "0"] = Deno.args;
const { server } = await makeCertificates();
const plain = Deno.listen({ hostname: "127.0.0.1", port: Number(port) });
const tls = Deno.listenTls({
  hostname: "127.0.0.1",
  port: Number(tlsPort),
  alpnProtocols: ["h2"],
  ...server,
});
const serving = [serve(plain), serve(tls)];
sayReady((plain.addr as Deno.NetAddr).port, (tls.addr as Deno.NetAddr).port);
await stdinClosed();
plain.close();
tls.close();
await Promise.all(serving);
Deno.exit(0);
