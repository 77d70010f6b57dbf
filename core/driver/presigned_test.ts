import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { makeCertificates } from "@jumpstarter/testing/certs";
import { runTool } from "@jumpstarter/testing/process";
import fc from "fast-check";
import { openPresigned, type PresignedRequest } from "./presigned.ts";
import { parseRawUrl, redactUrl, resolveLocation } from "./presigned_url.ts";

const NO_HEADERS = {};

/** A server of our own kind, which shows the bytes of each request's head. */
interface RawServer extends AsyncDisposable {
  readonly origin: string;
  readonly heads: string[];
}

/** Answers each connection with what `answer` makes of the request's head, and closes it. */
function rawServer(answer: (head: string, n: number) => string | undefined): RawServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const heads: string[] = [];
  const conns = new Set<Deno.Conn>();
  const done = (async () => {
    for await (const conn of listener) {
      conns.add(conn);
      const buffer = new Uint8Array(65_536);
      let head = "";
      while (!head.includes("\r\n\r\n")) {
        const count = await conn.read(buffer);
        if (count === null) break;
        head += new TextDecoder().decode(buffer.subarray(0, count));
      }
      heads.push(head);
      const text = answer(head, heads.length);
      if (text === undefined) continue;
      await conn.write(new TextEncoder().encode(text));
      conn.close();
      conns.delete(conn);
    }
  })();
  const { port } = listener.addr as Deno.NetAddr;
  return {
    origin: `http://127.0.0.1:${port}`,
    heads,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const conn of conns) conn.close();
      await done;
    },
  };
}

function reply(status: string, headers: readonly string[] = [], body = ""): string {
  return [`HTTP/1.1 ${status}`, ...headers, `Content-Length: ${body.length}`, "", body].join(
    "\r\n",
  );
}

async function get(url: string, headers: Record<string, string> = NO_HEADERS): Promise<string> {
  await using resource = await openPresigned({ method: "GET", url, headers });
  return await new Response(resource.readable as ReadableStream<Uint8Array<ArrayBuffer>>).text();
}

const requestLine = (head: string): string => head.split("\r\n")[0];

Deno.test("a URL goes out byte for byte", async () => {
  await using server = rawServer(() => reply("200 OK", [], "image"));
  const targets = [
    "/a%2Fb/%7e../../x%2e%2e/c?sig=a%2Bb'{}^|&x=%zz",
    "/../a//b/./c?x",
    "/?a/b",
    "/",
  ];
  for (const target of targets) {
    assert.equal(await get(server.origin + target), "image");
    assert.equal(requestLine(server.heads.at(-1)!), `GET ${target} HTTP/1.1`);
  }
  assert.equal(await get(`${server.origin}?q=1#part`), "image");
  assert.equal(requestLine(server.heads.at(-1)!), "GET /?q=1 HTTP/1.1");
  assert.equal(await get(`${server.origin}/a b\r\nX: y/ä`), "image");
  assert.equal(requestLine(server.heads.at(-1)!), "GET /a%20b%0D%0AX:%20y/%C3%A4 HTTP/1.1");
});

Deno.test("parseRawUrl keeps any printable path and query", () => {
  const printable = fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((c) => String.fromCharCode(c)),
  });
  fc.assert(fc.property(printable, (text) => {
    const target = `/${text.replaceAll("#", "")}`;
    assert.equal(parseRawUrl(`https://h.example:8443${target}`).target, target);
  }));
});

Deno.test("redirects lead on, absolute or relative, and no further than ten times", async () => {
  for (const code of [301, 302, 303, 307, 308]) {
    await using server = rawServer((_head, n) =>
      n === 1 ? reply(`${code} Moved`, ["Location: ../c%2Fd?x='1'"]) : reply("200 OK", [], "there")
    );
    assert.equal(await get(`${server.origin}/a/b/start?q`), "there");
    assert.equal(requestLine(server.heads[1]), "GET /a/c%2Fd?x='1' HTTP/1.1");
  }
  await using target = rawServer(() => reply("200 OK", [], "there"));
  await using server = rawServer(() =>
    reply("302 Found", [`location: ${target.origin}/%7Ex?s=%2F`])
  );
  assert.equal(await get(`${server.origin}/`), "there");
  assert.equal(requestLine(target.heads[0]), "GET /%7Ex?s=%2F HTTP/1.1");

  await using loop = rawServer(() => reply("302 Found", ["Location: /again?token=1"]));
  await assert.rejects(get(`${loop.origin}/?token=1`), {
    message:
      `Presigned HTTP GET request failed: Too many redirects (10) for ${loop.origin}/again?[REDACTED]`,
  });
  assert.equal(loop.heads.length, 11);
  await using nowhere = rawServer(() => reply("302 Found"));
  await assert.rejects(get(nowhere.origin), /redirect missing Location header for/);
});

Deno.test("resolveLocation follows RFC 3986 and changes nothing else", () => {
  const base = "http://h:1/a/b;p?q='x'";
  const cases: Record<string, string> = {
    "g": "http://h:1/a/g",
    "./g?y=./z": "http://h:1/a/g?y=./z",
    "../g": "http://h:1/g",
    "../../../g": "http://h:1/g",
    "..": "http://h:1/",
    "/x/../%2e": "http://h:1/x/../%2e",
    "?y=%7e": "http://h:1/a/b;p?y=%7e",
    "": "http://h:1/a/b;p?q='x'",
    "//i/x": "http://i/x",
    "https://i/x'": "https://i/x'",
  };
  for (const [location, url] of Object.entries(cases)) {
    assert.equal(resolveLocation(base, location), url, location);
  }
});

Deno.test("credentials go no further than their origin", async () => {
  await using target = rawServer(() => reply("200 OK", [], "x"));
  await using server = rawServer((_head, n) =>
    n === 1 ? reply("307 T", ["Location: /same"]) : reply("307 T", [`Location: ${target.origin}/o`])
  );
  const headers = {
    "Authorization": "Bearer s3cret",
    "Cookie": "c=1",
    "X-Amz-Security-Token": "t",
    "x-ms-version": "1",
    "X-Goog-Meta": "g",
    "Range": "bytes=0-",
  };
  assert.equal(await get(server.origin, headers), "x");
  for (const name of Object.keys(headers)) {
    assert.ok(server.heads[1].includes(`${name}: `), name);
    assert.equal(target.heads[0].includes(`${name}: `), name === "Range", name);
  }
});

Deno.test("a URL's user and password are sent, and never shown", async () => {
  await using server = rawServer((_head, n) =>
    n === 1 ? reply("200 OK", [], "x") : reply("403 Forbidden")
  );
  const url = server.origin.replace("//", "//me:p%40ss@");
  assert.equal(await get(url), "x");
  assert.ok(server.heads[0].includes(`\r\nAuthorization: Basic ${btoa("me:p@ss")}\r\n`));
  await assert.rejects(get(`${url}/f?X-Amz-Signature=1`), {
    message:
      `Presigned HTTP GET request failed: status=403, reason='Forbidden', url=${server.origin}/f?[REDACTED]`,
  });
  assert.equal(redactUrl("ftp://x?secret"), "ftp://x");
});

Deno.test("what is no request is refused before anything is sent", async () => {
  const open = (request: Partial<PresignedRequest>): Promise<unknown> =>
    openPresigned({ method: "GET", url: "http://127.0.0.1:9/", headers: {}, ...request });
  await assert.rejects(open({ url: "/a/path" }), SyntaxError);
  await assert.rejects(open({ url: "ftp://h/f" }), /must begin with http:/);
  await assert.rejects(open({ url: "http://a b/" }), /its host is no host/);
  await assert.rejects(open({ headers: { "X": "a\r\nY: b" } }), /more than one line/);
  await assert.rejects(open({ headers: { "X Y": "a" } }), /its name is not allowed/);
});

Deno.test("a server that is not there, is no web server, or hangs up is named", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  await assert.rejects(
    get(`http://127.0.0.1:${port}/f?sig=1`),
    new RegExp(
      `^PresignedError: Presigned HTTP GET stream failed \\(connection/read error\\) for http://127.0.0.1:${port}/f\\?\\[REDACTED\\]: ConnectionRefused: `,
    ),
  );
  await using ssh = rawServer(() => "SSH-2.0-OpenSSH_9.2\r\n");
  await assert.rejects(get(ssh.origin), /The answer is no HTTP\/1.1/);
  await using mute = rawServer(() => "");
  await assert.rejects(get(mute.origin), /The server closed the connection/);
});

Deno.test("a body that is cut short fails the reader, chunked or not", async () => {
  await using server = rawServer(() => "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
  await assert.rejects(
    get(`${server.origin}/?s`),
    /stream interrupted for .*\?\[REDACTED\]: UnexpectedEof: The body ends 5 of 10 bytes too early/,
  );
  const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  await using cut = rawServer(() => `${chunked}5\r\n12345\r\n`);
  await assert.rejects(get(cut.origin), /stream interrupted/);
  await using whole = rawServer(() =>
    `${chunked}5;x=y\r\n12345\r\n1\r\n6\r\n0\r\nTrailer: x\r\n\r\n`
  );
  assert.equal(await get(whole.origin), "123456");
  await using wrong = rawServer(() => `${chunked}zz\r\n`);
  await assert.rejects(get(wrong.origin), /A chunk's size is no number/);
});

Deno.test("a content encoding is undone, and the size is told where it is known", async () => {
  const text = "image ".repeat(10_000);
  const gzip = new Response(
    new Blob([text]).stream().pipeThrough(new CompressionStream("gzip")),
  );
  const bytes = new Uint8Array(await gzip.arrayBuffer());
  await using server = serve((request) =>
    new URL(request.url).pathname === "/gz"
      ? new Response(bytes, { headers: { "Content-Encoding": "gzip" } })
      : new Response(bytes)
  );
  assert.equal(await get(`${server.origin}/gz`), text);
  await using resource = await openPresigned({
    method: "GET",
    url: `${server.origin}/plain`,
    headers: {},
  });
  assert.equal(resource.size, bytes.length);
});

Deno.test("the deadline and the caller's signal end a transfer that stands still", async () => {
  await using server = rawServer(() => undefined);
  const request = { method: "GET", url: `${server.origin}/f?sig=1`, headers: {} } as const;
  await assert.rejects(openPresigned(request, { timeoutMs: 20 }), {
    name: "TimeoutError",
    message: `Presigned HTTP GET request timed out after 0.02s for ${server.origin}/f?[REDACTED]`,
  });
  const abort = new AbortController();
  const opening = openPresigned(request, { signal: abort.signal });
  abort.abort(new Error("enough"));
  await assert.rejects(opening, /enough/);
  await assert.rejects(openPresigned(request, { signal: abort.signal }), /enough/);
});

/** A real web server. */
function serve(
  handler: (request: Request) => Response | Promise<Response>,
): AsyncDisposable & { origin: string } {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler);
  return {
    origin: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function put(url: string, chunks: readonly Uint8Array[]): Promise<void> {
  await using resource = await openPresigned({ method: "PUT", url, headers: {} });
  const writer = resource.writable.getWriter();
  for (const chunk of chunks) await writer.write(chunk);
  await writer.close();
}

Deno.test("https: a server is trusted if its authority is, and otherwise named", async () => {
  const { ca, server: { cert, key } } = await makeCertificates();
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/ca.pem`, ca.cert);
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, cert, key, onListen() {} },
    () => new Response("image"),
  );
  const url = `https://localhost:${server.addr.port}/i?sig=1`;
  await assert.rejects(
    get(url),
    new RegExp(
      `for https://localhost:${server.addr.port}/i\\?\\[REDACTED\\]: InvalidData: .*UnknownIssuer`,
    ),
  );
  // A process trusts what it was started with.
  const program = `
    const { openPresigned } = await import(${
    JSON.stringify(import.meta.resolve("./presigned.ts"))
  });
    const { readable } = await openPresigned({ method: "GET", url: "${url}", headers: {} });
    console.log(await new Response(readable).text());
  `;
  const { code, output } = await runTool(Deno.execPath(), {
    args: ["eval", "--cert", `${folder}/ca.pem`, program],
    cwd: new URL(".", import.meta.url),
  });
  assert.deepEqual([code, output.trim()], [0, "image"]);
  await server.shutdown();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("PUT streams the body, chunks of any size", async () => {
  let got = new Uint8Array();
  await using server = serve(async (request) => {
    assert.equal(request.method, "PUT");
    got = new Uint8Array(await request.arrayBuffer());
    return new Response(null, { status: 201 });
  });
  const sizes = [1, 100, 0, 16_384, 70_000, 3, 1_000_000];
  const chunks = sizes.map((size, i) => new Uint8Array(size).fill(i + 1));
  await put(`${server.origin}/upload?sig=1`, chunks);
  assert.deepEqual(got, new Uint8Array(await new Blob(chunks).arrayBuffer()));
  await put(`${server.origin}/empty`, []);
  assert.equal(got.length, 0);
});

Deno.test("PUT follows a redirect before the body, with its method", async () => {
  let got = "";
  await using target = serve(async (request) => {
    got = `${request.method} ${new URL(request.url).pathname} ${await request.text()}`;
    return new Response();
  });
  await using server = rawServer(() => reply("307 T", [`Location: ${target.origin}/there`]));
  await put(server.origin, [new TextEncoder().encode("image")]);
  assert.equal(got, "PUT /there image");
  assert.ok(server.heads[0].includes("Expect: 100-continue"));
  await using page = rawServer(() => reply("303 See Other", ["Location: /done"]));
  await assert.rejects(put(page.origin, []), /status=303/);
});

Deno.test("PUT that is refused says why, before, while and after the body is sent", async () => {
  await using before = rawServer(() => reply("403 Forbidden"));
  await assert.rejects(put(`${before.origin}/f?s`, []), {
    message:
      `Presigned HTTP PUT request failed: status=403, reason='Forbidden', url=${before.origin}/f?[REDACTED]`,
  });
  await using after = serve(async (request) => {
    await request.arrayBuffer();
    return new Response(null, { status: 507 });
  });
  await assert.rejects(put(after.origin, [new Uint8Array(1_000)]), /status=507/);
  await using during = rawServer(() => "HTTP/1.1 100 Continue\r\n\r\n" + reply("413 Too Large"));
  const endless = Array.from({ length: 400 }, () => new Uint8Array(65_536));
  await assert.rejects(put(during.origin, endless), /status=413/);
});

Deno.test("a resource that is given up on closes its connection", async () => {
  const gone = Promise.withResolvers<void>();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = (async () => {
    const conn = await listener.accept();
    await conn.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nx"));
    const buffer = new Uint8Array(65_536);
    while (await conn.read(buffer).catch(() => null) !== null);
    conn.close();
    gone.resolve();
  })();
  const url = `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}/`;
  {
    await using resource = await openPresigned({ method: "GET", url, headers: {} });
    const { value } = await resource.readable.getReader().read();
    assert.equal(value!.length, 1);
  }
  await gone.promise;
  await accepted;
  listener.close();
});

Deno.test("PUT to a server that wants to know the length first is sent again with it", async () => {
  for (const size of [0, 100_000, 3_000_000, 20_000_000]) {
    const body = new Uint8Array(size).map((_, i) => i * 31 >>> 3);
    for (const asks of [true, false]) {
      const got = Promise.withResolvers<Uint8Array>();
      await using server = byLength(asks, got.resolve);
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < size; at += 65_536) chunks.push(body.slice(at, at + 65_536));
      await put(server.origin, chunks);
      assert.equal(Buffer.compare(await got.promise, body), 0);
    }
  }
});

Deno.test("an upload sent a second time keeps credentials to their origin as well", async () => {
  const got = Promise.withResolvers<Uint8Array>();
  await using target = byLength(false, got.resolve);
  await using server = rawServer(() => reply("307 T", [`Location: ${target.origin}/there`]));
  const headers = { Authorization: "Bearer s3cret", "X-Kind": "image" };
  await using upload = await openPresigned({ method: "PUT", url: server.origin, headers });
  await new Blob(["image"]).stream().pipeTo(upload.writable);
  assert.equal(new TextDecoder().decode(await got.promise), "image");
  assert.equal(server.heads.length, 2);
  assert.equal(target.heads.length, 2);
  for (const head of server.heads) assert.ok(head.includes("Authorization: Bearer s3cret"));
  for (const head of target.heads) {
    assert.ok(head.includes("X-Kind: image") && !head.includes("Authorization"), head);
  }
});

/** A server that refuses chunks at once, and reads no more of them, as S3's do; it may have asked for them before. */
function byLength(asks: boolean, take: (body: Uint8Array) => void): RawServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const text = new TextEncoder();
  const serveOne = async (conn: Deno.TcpConn): Promise<void> => {
    using _conn = conn;
    const buffer = new Uint8Array(65_536);
    const count = await conn.read(buffer) ?? 0;
    const head = new TextDecoder().decode(buffer.subarray(0, count));
    heads.push(head);
    const [, length] = /Content-Length: ([0-9]+)/.exec(head) ?? [];
    if (asks || length !== undefined) {
      await conn.write(text.encode("HTTP/1.1 100 Continue\r\n\r\n"));
    }
    if (length === undefined) {
      await conn.write(text.encode(reply("411 Length Required")));
      return await conn.closeWrite();
    }
    const body = new Uint8Array(Number(length));
    for (let at = 0; at < body.length;) at += await conn.read(body.subarray(at)) ?? body.length;
    await conn.write(text.encode(reply("200 OK")));
    take(body);
  };
  const heads: string[] = [];
  const serving: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const conn of listener) serving.push(serveOne(conn));
  })();
  return {
    origin: `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`,
    heads,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      await Promise.all(serving);
    },
  };
}
