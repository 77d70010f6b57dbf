import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import type { PortForward } from "./forward.ts";
import { formatHostPort } from "./host_port.ts";
import type { ForwardOptions, StreamOpener } from "./stream_opener.ts";

/** Options of {@linkcode forwardUdp}. */
export interface UdpForwardOptions extends ForwardOptions {
  /** Where to listen: a name or an address, `127.0.0.1` unless told. */
  hostname?: string;
  /** 0, unless told, takes a free one. */
  port?: number;
  /** How long a program's stream stays open when nothing goes through it, in ms, 120,000 unless told (RFC 4787 §4.3). */
  idleMs?: number;
}

/** Programs that send at the same time, at most: each has a stream of its own. */
const MAX_PEERS = 256;
/** Datagrams of one program that wait for its stream, at most; more are dropped, as UDP may. */
const MAX_WAITING = 64;

/**
 * Listens on a UDP port; each program that sends to it gets a stream to the device of its own, of which each chunk is one
 * datagram, and the answers that come through that.
 *
 * @throws {Error} with `code` EADDRINUSE and the like, if it cannot listen
 */
export async function forwardUdp(
  device: StreamOpener,
  options: UdpForwardOptions = {},
): Promise<PortForward> {
  const { hostname = "127.0.0.1", port = 0, signal } = options;
  const socket = await bind(hostname, port);
  const ended = new AbortController();
  const peers = new Map<string, Peer>();
  socket.on("message", (datagram, from) => {
    const key = formatHostPort(from.address, from.port);
    let peer = peers.get(key);
    if (peer === undefined) {
      if (peers.size >= MAX_PEERS) return;
      peer = new Peer(socket, from, device, options, ended.signal);
      peers.set(key, peer);
      peer.done.then(() => peers.delete(key));
    }
    peer.send(new Uint8Array(datagram));
  });
  socket.on("error", (error) => options.onError?.(error));
  const closed = Promise.withResolvers<void>();
  const close = (): Promise<void> => {
    if (!ended.signal.aborted) {
      signal?.removeEventListener("abort", close);
      ended.abort(new DOMException("The forward was closed", "AbortError"));
      const gone = new Promise<void>((resolve) => socket.close(resolve));
      Promise.all([gone, ...[...peers.values()].map(({ done }) => done)])
        .then(() => closed.resolve());
    }
    return closed.promise;
  };
  if (signal?.aborted) close();
  signal?.addEventListener("abort", close);
  const bound = socket.address();
  return {
    hostname: bound.address,
    port: bound.port,
    address: formatHostPort(bound.address, bound.port),
    closed: closed.promise,
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function bind(hostname: string, port: number): Promise<Socket> {
  const { address, family } = await lookup(hostname);
  const socket = createSocket(family === 6 ? "udp6" : "udp4");
  await new Promise<void>((resolve, reject) => {
    socket.once("error", (error) => {
      socket.close();
      error.message = `Cannot listen on ${formatHostPort(hostname, port)}: ${error.message}`;
      reject(error);
    });
    socket.bind(port, address, resolve);
  });
  socket.removeAllListeners("error");
  return socket;
}

/** One program that sends, and its stream. */
class Peer {
  /** Resolves when its stream has ended, whichever way. */
  readonly done: Promise<void>;
  readonly #waiting: Uint8Array[] = [];
  readonly #idle = new AbortController();
  readonly #idleMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writer: WritableStreamDefaultWriter<Uint8Array> | undefined;

  constructor(
    socket: Socket,
    from: RemoteInfo,
    device: StreamOpener,
    options: UdpForwardOptions,
    signal: AbortSignal,
  ) {
    this.#idleMs = options.idleMs ?? 120_000;
    this.#stayOpen();
    const either = AbortSignal.any([signal, this.#idle.signal]);
    this.done = this.#carry(socket, from, device, options.method, either)
      .catch((error) => {
        if (!either.aborted) options.onError?.(error);
      })
      .finally(() => clearTimeout(this.#timer));
  }

  send(datagram: Uint8Array): void {
    this.#stayOpen();
    if (this.#writer === undefined) {
      if (this.#waiting.length < MAX_WAITING) this.#waiting.push(datagram);
    } else if (this.#writer.desiredSize! > 0) {
      this.#writer.write(datagram).catch(() => {});
    }
  }

  #stayOpen(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#idle.abort(), this.#idleMs);
  }

  async #carry(
    socket: Socket,
    { address, port }: RemoteInfo,
    device: StreamOpener,
    method: string | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    await using stream = await device.stream(method, { signal });
    const reader = stream.readable.getReader();
    this.#writer = stream.writable.getWriter();
    this.#writer.closed.catch(() => {});
    const onAbort = (): void => {
      reader.cancel().catch(() => {});
      this.#writer!.abort(signal.reason).catch(() => {});
    };
    signal.addEventListener("abort", onAbort);
    for (const datagram of this.#waiting.splice(0)) this.#writer.write(datagram).catch(() => {});
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done || signal.aborted) return;
        this.#stayOpen();
        await new Promise<void>((resolve) => socket.send(value, port, address, () => resolve()));
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }
}
