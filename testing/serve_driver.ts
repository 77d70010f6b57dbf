import { connect, type Device } from "@jumpstarter/core/client";
import {
  type DriverDefinition,
  DriverRegistry,
  DriverTree,
  type NodeConfig,
} from "@jumpstarter/core/driver";
import { LogHub, Session } from "@jumpstarter/core/exporter";
import { GrpcServer } from "@jumpstarter/core/grpc";
import { ExporterStatus } from "@jumpstarter/proto/v1";

/** A driver of a tree that {@linkcode serveDriver} serves, or a second name for one. */
export type ServedNode =
  | {
    /** What it is. */
    definition: DriverDefinition;
    /** Its configuration. */
    config?: Record<string, unknown>;
    /** Its children by name. */
    children?: Record<string, ServedNode>;
    /** What it is for. */
    description?: string;
    /** Help for its commands. */
    methodsDescription?: Record<string, string>;
  }
  | {
    /** The names on the way from the root, dotted. */
    ref: string;
  };

/** A device whose exporter runs in this process. */
export interface ServedDevice extends Device {
  /** The exporter's end. */
  readonly session: Session;
  /** Its address for other clients: `unix:/…/socket`. */
  readonly address: string;
}

/**
 * Serves a driver and connects to it, in one process, with everything between client and driver as it is in earnest:
 * a socket, HTTP/2, gRPC, reports. The driver is the root. Disposing ends it all.
 *
 * @example
 * ```ts
 * await using device = await serveDriver(MockPower);
 * await device.get("", PowerClient).on();
 * ```
 */
export async function serveDriver(
  definition: DriverDefinition,
  options: Omit<Extract<ServedNode, { definition: unknown }>, "definition"> = {},
): Promise<ServedDevice> {
  const registry = new DriverRegistry();
  const root = nodeConfig({ definition, ...options }, registry);
  const logs = new LogHub();
  const tree = await DriverTree.build({
    root,
    registry,
    sink: logs.publish,
    description: options.description,
  });
  const session = new Session({ tree, logs });
  session.status.set(ExporterStatus.LEASE_READY);
  await tree.reset();
  const server = new GrpcServer();
  session.install(server);
  const folder = await Deno.makeTempDir({ prefix: "jumpstarter-" });
  const address = `unix:${folder}/socket`;
  const serving = server.serve(Deno.listen({ transport: "unix", path: `${folder}/socket` }));
  const close = async (): Promise<void> => {
    server.close();
    await serving;
    await session.close();
    await Deno.remove(folder, { recursive: true });
  };
  let device: Device;
  try {
    device = await connect({ host: address });
  } catch (error) {
    await close();
    throw error;
  }
  const dispose = async (): Promise<void> => {
    await device[Symbol.asyncDispose]();
    await close();
  };
  return new Proxy(device, {
    get(target, key): unknown {
      if (key === "session") return session;
      if (key === "address") return address;
      if (key === Symbol.asyncDispose) return dispose;
      const value = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  }) as ServedDevice;
}

function nodeConfig(node: ServedNode, registry: DriverRegistry): NodeConfig {
  if ("ref" in node) return { kind: "proxy", ref: node.ref };
  registry.add(node.definition);
  const children: Record<string, NodeConfig> = {};
  for (const [name, child] of Object.entries(node.children ?? {})) {
    children[name] = nodeConfig(child, registry);
  }
  const { config = {}, description, methodsDescription } = node;
  return {
    kind: "driver",
    type: node.definition.type,
    config,
    children,
    description,
    methodsDescription,
  };
}
