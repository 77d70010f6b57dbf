import assert from "node:assert/strict";
import { EchoNetworkDriver } from "./echo_network.ts";
import { directDevice, noise } from "./fixture_test.ts";
import { serveNovnc } from "./novnc.ts";
import { openNovncPackage } from "./novnc_package.ts";

const echoing = directDevice(new EchoNetworkDriver());
const packaged = await openNovncPackage() !== undefined;

async function openSocket(url: string, protocols?: string[]): Promise<WebSocket> {
  const socket = new WebSocket(url, protocols);
  socket.binaryType = "arraybuffer";
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = () => reject(new Error("refused"));
  });
  return socket;
}

/** How a socket that the server closes was closed. */
const closeOf = (url: string): Promise<CloseEvent> =>
  new Promise((resolve) => new WebSocket(url).onclose = resolve);

const next = (socket: WebSocket): Promise<Uint8Array> =>
  new Promise((resolve) => socket.onmessage = ({ data }) => resolve(new Uint8Array(data)));

Deno.test({
  name: "the page and noVNC's modules are served, and nothing else" +
    (packaged ? "" : " [needs Deno 2.9, which can say where npm's packages are]"),
  ignore: !packaged,
  async fn() {
    await using server = await serveNovnc(echoing);
    const page = await fetch(server.url);
    const html = await page.text();
    const first = /from "(.*?)"/.exec(html)![1];
    // Every module that the page needs, by following the imports.
    const seen = new Set<string>();
    const load = async (url: string): Promise<void> => {
      if (seen.has(url)) return;
      seen.add(url);
      const response = await fetch(url);
      assert.equal(response.status, 200, url);
      assert.match(response.headers.get("content-type")!, /^text\/javascript/);
      const text = await response.text();
      const imports = text.matchAll(/^(?:import|export)\b[^;]*?from\s+['"](\.[^'"]+)['"]/gm);
      for (const [, path] of imports) await load(new URL(path, url).href);
    };
    await load(new URL(first, server.url).href);
    assert.ok(seen.size > 20, `${seen.size} modules`);
    const outside = ["package.json", "core/../package.json", "core/%2e%2e/package.json", "core/"];
    for (const path of outside) {
      const response = await fetch(`${server.url}novnc/${path}`);
      await response.body?.cancel();
      assert.equal(response.status, 404, path);
    }
    const post = await fetch(server.url, { method: "POST" });
    await post.body?.cancel();
    assert.equal(post.status, 405);
  },
});

Deno.test("each WebSocket is a stream of its own, with subprotocol binary if asked", async () => {
  await using server = await serveNovnc(echoing);
  const [one, two] = [
    await openSocket(server.websocketUrl, ["binary"]),
    await openSocket(server.websocketUrl + "any/path"),
  ];
  assert.equal(one.protocol, "binary");
  assert.equal(two.protocol, "");
  for (const socket of [one, two]) {
    const data = noise(50_000);
    const back = next(socket);
    socket.send(data);
    assert.deepEqual(await back, data);
  }
  const back = next(one);
  one.send("text is UTF-8");
  assert.equal(new TextDecoder().decode(await back), "text is UTF-8");
  for (const socket of [one, two]) {
    const closed = new Promise<CloseEvent>((resolve) => socket.onclose = resolve);
    socket.close(1000);
    assert.equal((await closed).code, 1000);
  }
});

Deno.test("the browser sees an orderly close when the device ends, and pages of others are refused", async () => {
  const device = directDevice({
    connect: () => ({
      readable: new ReadableStream({
        start(controller): void {
          controller.enqueue(new Uint8Array([1]));
          controller.close();
        },
      }),
      writable: new WritableStream(),
    }),
  });
  await using server = await serveNovnc(device);
  const { code } = await closeOf(server.websocketUrl);
  assert.equal(code, 1000);
  const { port } = new URL(server.websocketUrl);
  /** What comes after the handshake. */
  const ask = async (origin: string): Promise<Uint8Array> => {
    const conn = await Deno.connect({ port: Number(port) });
    await conn.write(
      new TextEncoder().encode(
        `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          `Origin: ${origin}\r\nSec-WebSocket-Version: 13\r\n` +
          "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
      ),
    );
    const reader = conn.readable.getReader();
    let seen = "";
    for (let end = -1; end < 0 || seen.length < end + 8;) {
      seen += String.fromCharCode(...(await reader.read()).value!);
      end = seen.indexOf("\r\n\r\n");
    }
    await reader.cancel();
    return Uint8Array.from(seen.slice(seen.indexOf("\r\n\r\n") + 4), (c) => c.charCodeAt(0));
  };
  // A close frame with code 1008; and the device's one byte, for the page's own origin.
  assert.deepEqual([...(await ask("https://example.com")).slice(0, 4)], [0x88, 2, 0x03, 0xf0]);
  const own = packaged ? `http://127.0.0.1:${port}` : "https://novnc.com";
  assert.deepEqual([...(await ask(own)).slice(0, 3)], [0x82, 1, 1]);
});

Deno.test("a device that refuses closes the WebSocket, and the server goes on", async () => {
  const errors: unknown[] = [];
  await using server = await serveNovnc(
    { stream: () => Promise.reject(new Error("refused")) },
    { onError: (error) => errors.push(error) },
  );
  const { code } = await closeOf(server.websocketUrl);
  assert.equal(code, 1011);
  assert.equal((errors[0] as Error).message, "refused");
});
