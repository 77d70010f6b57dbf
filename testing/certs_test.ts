import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { Authority, type Certificate, makeCertificates } from "./certs.ts";
import { runTool } from "./process.ts";
import { requireTool, testWith } from "./tool.ts";

async function echoOverTls(server: Certificate, ca: string): Promise<string> {
  using listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...server });
  const serving = (async () => {
    using conn = await listener.accept();
    const buffer = new Uint8Array(16);
    const count = await conn.read(buffer);
    await conn.write(buffer.subarray(0, count ?? 0));
  })();
  const options = { hostname: "localhost", port: listener.addr.port, caCerts: [ca] };
  try {
    using conn = await Deno.connectTls(options);
    await conn.write(new TextEncoder().encode("hello"));
    const buffer = new Uint8Array(16);
    return new TextDecoder().decode(buffer.subarray(0, (await conn.read(buffer)) ?? 0));
  } finally {
    await serving.catch(() => {});
  }
}

Deno.test("a TLS client that trusts the authority accepts the server's certificate", async () => {
  const { ca, server } = await makeCertificates();
  assert.equal(await echoOverTls(server, ca.cert), "hello");
});

Deno.test("a TLS client that trusts another authority refuses the server's certificate", async () => {
  const { server } = await makeCertificates();
  const other = await Authority.create();
  await assert.rejects(echoOverTls(server, other.cert), /certificate/i);
});

Deno.test("a certificate that signed itself is its own issuer", async () => {
  const made = new X509Certificate((await Authority.create({ name: "board" })).cert);
  assert.equal(made.subject, made.issuer);
});

testWith(
  "openssl reads names and CA:TRUE, or CA:FALSE, of a certificate that signed itself",
  ["openssl"],
  async () => {
    for (const [ca, text] of [[undefined, "CA:TRUE"], [false, "CA:FALSE"]] as const) {
      const options = ca === undefined ? { name: "board" } : { name: "board", ca };
      const { cert } = await Authority.create(options);
      const stdin = new TextEncoder().encode(cert);
      const args = ["x509", "-noout", "-ext", "basicConstraints,subjectAltName"];
      const { output } = await runTool(requireTool("openssl"), { args, stdin });
      assert.match(output, new RegExp(`${text}[^]*DNS:localhost, IP Address:127.0.0.1`));
    }
  },
);

Deno.test("dates before and after 2050 are kept to the second", async () => {
  const ca = await Authority.create();
  const issued = await ca.issue({
    name: "old",
    notBefore: new Date("1999-12-31T23:59:58Z"),
    notAfter: new Date("2051-02-03T04:05:06Z"),
  });
  const parsed = new X509Certificate(issued.cert);
  assert.equal(new Date(parsed.validFrom).toISOString(), "1999-12-31T23:59:58.000Z");
  assert.equal(new Date(parsed.validTo).toISOString(), "2051-02-03T04:05:06.000Z");
});

testWith("openssl accepts the chain, strictly, as server and as client", ["openssl"], async () => {
  const { ca, server, client } = await makeCertificates();
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/ca.pem`, ca.cert);
    for (const [purpose, made] of [["sslserver", server], ["sslclient", client]] as const) {
      await Deno.writeTextFile(`${folder}/leaf.pem`, made.cert);
      const result = await runTool(requireTool("openssl"), {
        args: ["verify", "-x509_strict", "-purpose", purpose, "-CAfile", "ca.pem", "leaf.pem"],
        cwd: folder,
      });
      assert.equal(result.code, 0, result.output);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
