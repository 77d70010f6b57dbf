/** What the tests of this folder share: servers joined to a transport in memory or over a socket. */
import { type Code, ConnectError, createClient, type ServiceImpl } from "@connectrpc/connect";
import { EchoService } from "@jumpstarter/testing/echo/v1";
import {
  byteConnFromDuplex,
  type FieldList,
  type Http2Options,
  type Http2Session,
  type Http2Stream,
  type OnStream,
  serveHttp2,
  type StreamHandler,
} from "../../http2/mod.ts";
import { duplexPair } from "../../stream/mod.ts";
import { GrpcServer, type GrpcServerOptions } from "../server/server.ts";
import { createGrpcTransport, type GrpcTransport, type GrpcTransportOptions } from "./transport.ts";

/** The test service, as it is meant. */
export const ECHO: Partial<ServiceImpl<typeof EchoService>> = {
  echo: ({ text, data }) => ({ text, data }),
  async *count({ to, payloadBytes }) {
    const payload = new Uint8Array(payloadBytes);
    for (let number = 1; number <= to; number++) yield { number, payload };
  },
  async sum(requests) {
    let sum = 0n;
    let count = 0;
    for await (const { number } of requests) {
      sum += number;
      count++;
    }
    return { sum, count };
  },
  async *converse(requests) {
    for await (const { text, data } of requests) yield { text, data };
  },
  fail({ code, message }) {
    throw new ConnectError(message, code as Code);
  },
  wait: (_request, { signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    }),
};

/** The echo service on a port of its own, and where it listens. */
export interface EchoServer extends AsyncDisposable {
  readonly server: GrpcServer;
  readonly address: string;
}

/** Serves {@linkcode ECHO} over TCP. */
export function echoServer(
  options: GrpcServerOptions = {},
  implementation: Partial<ServiceImpl<typeof EchoService>> = ECHO,
): EchoServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const server = new GrpcServer(options).add(EchoService, implementation);
  const serving = server.serve(listener);
  return {
    server,
    address: `127.0.0.1:${listener.addr.port}`,
    async [Symbol.asyncDispose](): Promise<void> {
      await server[Symbol.asyncDispose]();
      await serving;
    },
  };
}

/** A client of the echo service. */
export function echoClient(
  transport: GrpcTransport,
): ReturnType<typeof createClient<typeof EchoService>> {
  return createClient(EchoService, transport);
}

/** A transport and the HTTP/2 sessions that a scripted server has with it. */
export interface Scripted extends AsyncDisposable {
  readonly transport: GrpcTransport;
  /** The server's ends, the last one last. */
  readonly sessions: readonly Http2Session[];
}

/** A transport joined in memory to servers that do what the test says. */
export function scripted(
  onStream: OnStream,
  options: Partial<GrpcTransportOptions> = {},
  http2: Http2Options = {},
): Scripted {
  const sessions: Http2Session[] = [];
  const transport = createGrpcTransport({
    address: () => {
      const [near, far] = duplexPair();
      sessions.push(serveHttp2(byteConnFromDuplex(far), onStream, http2));
      return Promise.resolve(byteConnFromDuplex(near));
    },
    ...options,
  });
  return {
    transport,
    sessions,
    async [Symbol.asyncDispose](): Promise<void> {
      await transport[Symbol.asyncDispose]();
      for (const session of sessions) session.close();
      await Promise.all(sessions.map((session) => session.closed));
    },
  };
}

/** A handler that collects the request and then calls back with its octets. */
export function onRequest(
  stream: Http2Stream,
  endStream: boolean,
  callback: (request: Uint8Array) => void,
): StreamHandler {
  const chunks: number[] = [];
  if (endStream) queueMicrotask(() => callback(new Uint8Array(0)));
  return {
    onData(data, end): void {
      for (const octet of data) chunks.push(octet);
      stream.consume(data.length);
      if (end) callback(Uint8Array.from(chunks));
    },
    onClose(): void {},
  };
}

/** An {@linkcode OnStream} that answers each request, once it is complete, as `answer` does. */
export function answering(
  answer: (stream: Http2Stream, request: Uint8Array, fields: FieldList) => void,
): OnStream {
  return (stream, fields, endStream) =>
    onRequest(stream, endStream, (request) => answer(stream, request, fields));
}

/** The header section of a gRPC response. */
export const RESPONSE: FieldList = [[":status", "200"], ["content-type", "application/grpc"]];

/** The trailers of status OK. */
export const OK: FieldList = [["grpc-status", "0"]];

/** A message as gRPC frames it. */
export function framed(message: readonly number[], flags = 0): Uint8Array {
  return Uint8Array.of(flags, 0, 0, message.length >>> 8, message.length & 255, ...message);
}

/** Waits, 5 s at most, until something is so. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`Timed out waiting until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
