import { Health } from "@jumpstarter/proto/grpc/health/v1";
import { ExporterService, RouterService } from "@jumpstarter/proto/v1";
import { addReflection, type GrpcServer, HealthStatus } from "../grpc/mod.ts";
import { addNativeServices, type DriverTree, ResourceTable } from "../driver/mod.ts";
import type { LogHub } from "./log_hub.ts";
import { byteStream } from "./services/byte_streams.ts";
import { driverCall, streamingDriverCall } from "./services/driver_calls.ts";
import { logStream } from "./services/logs.ts";
import { SessionStatus } from "./status.ts";

/** What `EndSession` answers. */
export interface EndSessionResult {
  /** Whether the session ends. */
  readonly success: boolean;
  /** Why, or why not. */
  readonly message: string;
}

/** What a {@linkcode Session} is made from. */
export interface SessionOptions {
  /** The drivers. Their logs should go to `logs`. */
  tree: DriverTree;
  /** The log that clients read. */
  logs: LogHub;
  /** Labels of the exporter: `{"jumpstarter.dev/name": …}`. */
  labels?: Readonly<Record<string, string>>;
  /** Message of the day, shown to a person before their shell. */
  motd?: string;
  /** Answers `EndSession`. Without it there is no lease to end. */
  onEndSession?: () => EndSessionResult;
}

/**
 * One tree of drivers, served: what `GetReport`, driver calls, byte streams, logs and status are about. It can be put
 * on any number of servers, such as one behind a passphrase and one for the exporter's own hooks.
 */
export class Session implements AsyncDisposable {
  /** Identity of the session: a UUID. */
  readonly uuid: string = crypto.randomUUID();
  /** The drivers. */
  readonly tree: DriverTree;
  /** The log that clients read. */
  readonly logs: LogHub;
  /** Where it stands. */
  readonly status: SessionStatus = new SessionStatus();
  /** Streams that wait for their call. */
  readonly resources: ResourceTable = new ResourceTable();
  /** Message of the day; hooks may add to it. */
  motd: string;
  readonly #labels: Readonly<Record<string, string>>;
  readonly #onEndSession: (() => EndSessionResult) | undefined;

  /** A session that nobody can reach yet. */
  constructor(options: SessionOptions) {
    this.tree = options.tree;
    this.logs = options.logs;
    this.motd = options.motd ?? "";
    this.#labels = options.labels ?? {};
    this.#onEndSession = options.onEndSession;
  }

  /** Adds all services to a server: upstream's by-name ones, each driver's own, health and reflection. */
  install(server: GrpcServer): void {
    server.add(ExporterService, {
      getReport: () => ({
        uuid: this.uuid,
        labels: { ...this.#labels },
        reports: this.tree.reports(),
        motd: this.motd,
      }),
      driverCall: (request, context) => driverCall(this, request, context),
      streamingDriverCall: (request, context) => streamingDriverCall(this, request, context),
      logStream: (_request, context) => logStream(this.logs, context.signal),
      getStatus: () => {
        const { status, message, version, previous } = this.status.now;
        return { status, message, statusVersion: BigInt(version), previousStatus: previous };
      },
      endSession: () =>
        this.#onEndSession?.() ?? { success: false, message: "No active lease context" },
    });
    server.add(RouterService, {});
    server.addRaw(RouterService.method.stream, (call) => byteStream(this, call));
    addNativeServices(server, this.tree, this.resources);
    server.add(Health, new HealthStatus().service);
    addReflection(server);
  }

  /** Ends the log and closes the drivers, children first. Servers are closed by who made them, before. */
  async close(): Promise<void> {
    await this.tree.close();
    this.logs.close();
  }

  /** {@linkcode Session.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
