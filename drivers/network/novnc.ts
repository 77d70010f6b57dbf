import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex as NodeDuplex } from "node:stream";
import { pump } from "@jumpstarter/core/stream";
import type { Forward } from "./forward.ts";
import { formatHostPort } from "./host_port.ts";
import { openNovncPackage } from "./novnc_package.ts";
import type { ForwardOptions, StreamOpener } from "./stream_opener.ts";
import { duplexFromWebSocket } from "./websocket_duplex.ts";
import { WebSocketServer } from "./ws_library.ts";

/** Options of {@linkcode serveNovnc}. */
export interface NovncOptions extends ForwardOptions {
  /** Where to listen: an address of this machine, `127.0.0.1` unless told. */
  hostname?: string;
  /** 0, unless told, takes a free one. */
  port?: number;
  /** Of the page at novnc.com, where it must be used: whether that shall use TLS, which the server here does not speak. */
  encrypt?: boolean;
}

/** A web page that shows a device's screen. */
export interface NovncServer extends Forward {
  /** The page. */
  readonly url: string;
  /** Where the page connects to; any path will do. */
  readonly websocketUrl: string;
}

/** Whose page is used where noVNC itself cannot be served from here, as upstream does. */
const REMOTE_ORIGIN = "https://novnc.com";
/** Close code for whoever may not connect, RFC 6455 §7.4.1. */
const POLICY_VIOLATION = 1008;
/** The subprotocol that VNC clients of old ask for. */
const SUBPROTOCOL = "binary";

/**
 * Serves noVNC for a device's VNC port. Each WebSocket gets a stream to the device of its own, its messages are bytes.
 *
 * Pages of other origins are refused. Where npm's noVNC cannot be found, as in a compiled program, the page is the one at
 * novnc.com.
 *
 * @throws {Error} with `code` EADDRINUSE and the like, if it cannot listen
 */
export async function serveNovnc(
  device: StreamOpener,
  options: NovncOptions = {},
): Promise<NovncServer> {
  const files = await openNovncPackage();
  const server = createServer((request, response) => {
    if (files === undefined) return refuse(response, 404);
    void files.answer(request.url ?? "/", request.method ?? "GET", response);
  });
  await listen(server, options);
  const { address, port } = server.address() as AddressInfo;
  const host = formatHostPort(address, port);
  const ended = new AbortController();
  const bridges = new Set<Promise<void>>();
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    handleProtocols: (offered) => offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false,
  });
  server.on("upgrade", (request: IncomingMessage, socket: NodeDuplex, head: Uint8Array) => {
    socket.on("error", () => {});
    const allowed = files === undefined ? REMOTE_ORIGIN : `http://${request.headers.host}`;
    const { origin } = request.headers;
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      if (origin !== undefined && origin !== allowed) {
        // After the handshake: Deno 2.6 does not send an answer that is given instead of it.
        return webSocket.close(POLICY_VIOLATION);
      }
      const gone = new Promise<void>((resolve) => webSocket.once("close", () => resolve()));
      const bridge = join(duplexFromWebSocket(webSocket), device, options, ended.signal)
        .then(() => gone)
        .finally(() => bridges.delete(bridge));
      bridges.add(bridge);
    });
  });
  const closed = Promise.withResolvers<void>();
  const { signal } = options;
  const close = (): Promise<void> => {
    if (!ended.signal.aborted) {
      signal?.removeEventListener("abort", close);
      ended.abort(new DOMException("The server was closed", "AbortError"));
      const gone = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      Promise.all([gone, ...bridges]).then(() => closed.resolve());
    }
    return closed.promise;
  };
  if (signal?.aborted) close();
  signal?.addEventListener("abort", close);
  return {
    url: files === undefined ? remotePage(address, port, options.encrypt) : `http://${host}/`,
    websocketUrl: `ws://${host}/`,
    closed: closed.promise,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The parameters and their order are upstream's (drivers-a §4.6). */
function remotePage(host: string, port: number, encrypt = true): string {
  return `${REMOTE_ORIGIN}/noVNC/vnc.html?encrypt=${encrypt ? 1 : 0}&autoconnect=1&reconnect=1` +
    `&host=${host}&port=${port}`;
}

function listen(server: Server, { hostname = "127.0.0.1", port = 0 }: NovncOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, hostname, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function join(
  browser: ReturnType<typeof duplexFromWebSocket>,
  device: StreamOpener,
  { method, onError }: ForwardOptions,
  signal: AbortSignal,
): Promise<void> {
  try {
    await using stream = await device.stream(method, { signal });
    await pump(browser, stream, { signal });
  } catch (error) {
    // Once more for a device that did not open; where it did, pump has done so.
    browser.writable.abort(error).catch(() => {});
    if (!signal.aborted) onError?.(error);
  }
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { "content-type": "text/plain" }).end();
}
