import {
  type ConnectRouter,
  createConnectRouter,
  type Interceptor,
  type ServiceImpl,
} from "@connectrpc/connect";
import {
  type Compression,
  createFetchHandler,
  type UniversalHandler,
} from "@connectrpc/connect/protocol";
import type { DescService } from "@bufbuild/protobuf";
import { gzip } from "../protocol/compression.ts";
import { mayWork, whenTurned, worked } from "../protocol/work_budget.ts";
import type { CallSettings } from "./call_settings.ts";

/** The doors for Connect and gRPC-Web: Connect's own handlers on the same services. */
export class ConnectDoors {
  readonly #router: ConnectRouter;
  readonly #handlers = new Map<string, UniversalHandler>();

  /** Handlers with the limits of `settings`. */
  constructor(settings: CallSettings, interceptors: Interceptor[]) {
    this.#router = createConnectRouter({
      grpc: false,
      connect: true,
      grpcWeb: true,
      readMaxBytes: settings.maxReceiveBytes,
      writeMaxBytes: settings.maxSendBytes,
      acceptCompression: [GZIP],
      jsonOptions: { registry: settings.registry },
      interceptors,
      requestGate: settings.requestGate,
    });
  }

  /** Adds a service. */
  add<S extends DescService>(service: S, impl: Partial<ServiceImpl<S>>): void {
    const before = this.#router.handlers.length;
    this.#router.service(service, impl);
    for (const handler of this.#router.handlers.slice(before)) {
      this.#handlers.set(handler.requestPath, handler);
    }
  }

  /** The handler of a request's `:path`, whatever stands in it. */
  find(path: string): UniversalHandler | undefined {
    const query = path.indexOf("?");
    return this.#handlers.get(query < 0 ? path : path.slice(0, query));
  }

  /** Answers one request of `Deno.serve`; 404 for an unknown path. */
  async fetch(request: Request): Promise<Response> {
    const handler = this.find(new URL(request.url).pathname);
    if (handler === undefined) {
      await request.body?.cancel();
      return new Response(null, { status: 404 });
    }
    const response = await createFetchHandler(handler, { httpVersion: "1.1" })(request);
    if (handler.method.methodKind !== "unary" || response.body === null) return response;
    // In one write with its head and length: a client whose deadline is near gets all or nothing.
    return new Response(await response.arrayBuffer(), response);
  }
}

/** Connect's form of {@linkcode gzip}. */
const GZIP: Compression = {
  name: gzip.name,
  compress: (bytes) => Promise.resolve(gzip.compress(bytes) as Uint8Array<ArrayBuffer>),
  decompress: decompressInTurns,
};

async function decompressInTurns(
  bytes: Uint8Array,
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  while (!mayWork()) await new Promise<void>(whenTurned);
  const message = gzip.decompress(bytes, limit);
  worked(message.length);
  return message as Uint8Array<ArrayBuffer>;
}
