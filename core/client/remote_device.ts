import type { DescService } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { ExporterService, type GetReportResponse } from "@jumpstarter/proto/v1";
import { didYouMean } from "../config/internal_mod.ts";
import type { Connection } from "./connection.ts";
import type { Device } from "./device.ts";
import { DeviceError } from "./device_error.ts";
import type { DriverClientType } from "./driver_client.ts";
import type { CallOptions, DriverNode } from "./driver_node.ts";
import type { LogEntry, LogOptions } from "./log_entry.ts";
import { readLogs } from "./log_reader.ts";
import { RemoteDriver } from "./remote_driver.ts";
import { type ReportNode, reportTree } from "./report_tree.ts";
import type { SessionStatus } from "./session_status.ts";
import { readStatus, readStatusChanges } from "./status_reader.ts";

/** Deadline of `EndSession`, in ms (core-spec §8.4). */
const END_SESSION_TIMEOUT_MS = 5_000;

/** The connection may go down with the session: then it is over as well. */
const ENDED = [Code.Unavailable, Code.Canceled, Code.DeadlineExceeded, Code.Unimplemented];

/** An exporter behind a connection. */
export class RemoteDevice implements Device {
  readonly address: string;
  readonly root: DriverNode;
  readonly labels: Readonly<Record<string, string>>;
  readonly messageOfTheDay: string | undefined;
  readonly drivers: readonly DriverNode[];
  readonly #connection: Connection;

  /** The exporter that sent this report. @throws {TypeError} if the report makes no sense */
  constructor(address: string, connection: Connection, report: GetReportResponse) {
    this.address = address;
    this.#connection = connection;
    this.labels = report.labels;
    this.messageOfTheDay = report.motd || undefined;
    const { root, nodes } = reportTree(report.reports);
    const made = new Map<ReportNode, DriverNode>();
    // Children follow their parents in a report: from the end on, each child is made before its parent.
    for (const node of nodes.toReversed()) {
      const children = new Map<string, DriverNode>();
      for (const [name, child] of node.children) children.set(name, made.get(child)!);
      made.set(node, new RemoteDriver(connection, node, children));
    }
    this.root = made.get(root)!;
    this.drivers = nodes.map((node) => made.get(node)!);
  }

  get<C>(path: string, Client: DriverClientType<C>): C {
    return new Client(this.find(path));
  }

  find(path: string): DriverNode {
    let node = this.root;
    if (path === "") return node;
    for (const name of path.split(".")) {
      const child = node.children.get(name);
      if (child === undefined) throw this.#missing(path);
      node = child;
    }
    return node;
  }

  async describe(services: readonly string[]): Promise<DescService[]> {
    const { describeServices } = await import("./describe_services.ts");
    return await describeServices(this.#connection, services);
  }

  logs(options?: LogOptions): AsyncIterable<LogEntry> {
    return readLogs(this.#connection, options);
  }

  status(options?: CallOptions): Promise<SessionStatus> {
    return readStatus(this.#connection, options);
  }

  statusChanges(options?: { signal?: AbortSignal }): AsyncIterable<SessionStatus> {
    return readStatusChanges(this.#connection, options);
  }

  async endSession(options: CallOptions = {}): Promise<void> {
    try {
      const context = { timeoutMs: END_SESSION_TIMEOUT_MS, ...options };
      await this.#connection.unary(ExporterService.method.endSession, {}, context);
    } catch (error) {
      if (!ENDED.includes(DeviceError.of(error).code)) throw error;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#connection[Symbol.asyncDispose]();
  }

  #missing(path: string): TypeError {
    const paths = this.drivers.map((driver) => driver.path).filter((known) => known !== "");
    const hint = didYouMean(path, paths) ??
      `the exporter has ${paths.length === 0 ? "none" : paths.join(", ")}`;
    return new TypeError(`Cannot find driver: ${hint}: current value is '${path}'`);
  }
}
