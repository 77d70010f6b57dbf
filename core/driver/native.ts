import type { DescMethod, DescService, Message } from "@bufbuild/protobuf";
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { type GrpcServer, sendInitialMetadata } from "../grpc/mod.ts";
import { duplexPair, pump } from "../stream/mod.ts";
import type { MethodPlan } from "./by_name/mod.ts";
import { DriverMethodCall, planOfMethod } from "./dispatch.ts";
import type { DriverNode } from "./driver_node.ts";
import type { ResourceTable } from "./resource_table.ts";
import type { DriverTree } from "./tree.ts";

/** The header that says which driver a native call is for. */
export const DRIVER_UUID_HEADER = "x-jumpstarter-driver-uuid";

/** Adds the interfaces of all drivers in the tree to a server, for native calls over gRPC, gRPC-Web and Connect. */
export function addNativeServices(
  server: GrpcServer,
  tree: DriverTree,
  resources: ResourceTable,
): void {
  const services = new Set<DescService>();
  for (const { definition } of tree.drivers()) {
    for (const service of definition.interfaces) services.add(service);
  }
  for (const service of services) {
    const impl: Record<string, unknown> = {};
    for (const method of service.methods) {
      impl[method.localName] = handler(method, (context) => {
        const node = driverFor(tree, service, context.requestHeader);
        const plan = planOfMethod(node, method)!;
        return { plan, call: new DriverMethodCall(node, plan, resources, context.signal) };
      });
    }
    server.add(service, impl as never);
  }
}

type Find = (context: HandlerContext) => { plan: MethodPlan; call: DriverMethodCall };

function handler(method: DescMethod, find: Find): unknown {
  switch (method.methodKind) {
    case "unary":
      return async (request: Message, context: HandlerContext) => {
        return await natively(() => find(context).call.unary(request)) ?? {};
      };
    case "server_streaming":
      return (request: Message, context: HandlerContext) => find(context).call.stream(request);
    default:
      return (requests: AsyncIterable<{ payload: Uint8Array }>, context: HandlerContext) =>
        bytes(requests, context, find);
  }
}

/** A method that a driver leaves out is UNIMPLEMENTED natively, and NOT_FOUND by name only. */
async function natively<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (
      error instanceof ConnectError && error.code === Code.NotFound &&
      /^method \w+ not found on driver$/.test(error.rawMessage)
    ) {
      throw new ConnectError(error.rawMessage, Code.Unimplemented);
    }
    throw error;
  }
}

/** A byte stream as a call with `StreamData` both ways: a half-close ends one direction. */
async function* bytes(
  requests: AsyncIterable<{ payload: Uint8Array }>,
  context: HandlerContext,
  find: Find,
): AsyncGenerator<{ payload: Uint8Array }> {
  const device = await natively(() => find(context).call.bytes());
  sendInitialMetadata(context);
  const [near, far] = duplexPair();
  const ended = new AbortController();
  const pumping = pump(far, device, { signal: AbortSignal.any([context.signal, ended.signal]) });
  pumping.catch(() => {});
  const sending = send(requests, near.writable);
  sending.catch(() => {});
  try {
    for await (const payload of near.readable) yield { payload };
    await pumping;
  } finally {
    ended.abort();
  }
}

async function send(
  requests: AsyncIterable<{ payload: Uint8Array }>,
  writable: WritableStream<Uint8Array>,
): Promise<void> {
  const writer = writable.getWriter();
  for await (const { payload } of requests) if (payload.length > 0) await writer.write(payload);
  await writer.close();
}

/** The driver that a call is for: the header says which; without it the only one with this interface. */
function driverFor(tree: DriverTree, service: DescService, header: Headers): DriverNode {
  const uuid = header.get(DRIVER_UUID_HEADER);
  const candidates = [...tree.drivers()].filter((node) =>
    node.definition.interfaces.includes(service)
  );
  if (uuid === null) {
    if (candidates.length === 1) return candidates[0];
    throw new ConnectError(
      `Cannot choose a driver: header ${DRIVER_UUID_HEADER} is missing, and ${candidates.length} have ` +
        `${service.typeName}: ${candidates.map((node) => `${node.path} ${node.uuid}`).join(", ")}`,
      Code.InvalidArgument,
    );
  }
  const node = tree.find(uuid);
  if (node === undefined) {
    throw new ConnectError(
      `Cannot choose a driver: there is none with UUID '${uuid}'`,
      Code.NotFound,
    );
  }
  if (!candidates.includes(node)) {
    throw new ConnectError(
      `Cannot call ${node.path}: it has no ${service.typeName}: its interfaces are ` +
        node.definition.interfaces.map((known) => known.typeName).join(", "),
      Code.Unimplemented,
    );
  }
  return node;
}
