import type { GrpcTransport } from "@jumpstarter/core/grpc";
import { type Duplex, routerStream } from "@jumpstarter/core/stream";

const PATH = "/jumpstarter.v1.RouterService/Stream";
/** Which driver is asked for; a uuid as every real stream carries. */
const UUID = "5f9cb8a5-1f64-4b2a-9f0c-0d2b3c1e7a11";

/** Opens a driver's stream method as upstream's client does (core-spec §3.2). */
export function openRouterStream(transport: GrpcTransport, method: string): Duplex {
  const request = JSON.stringify({ kind: "driver", uuid: UUID, method });
  return routerStream(transport.raw(PATH, { headers: { request } }));
}
