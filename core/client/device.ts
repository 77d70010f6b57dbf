import type { DescService } from "@bufbuild/protobuf";
import type { DriverClientType } from "./driver_client.ts";
import type { DriverNode } from "./driver_node.ts";
import type { LogEntry, LogOptions } from "./log_entry.ts";
import type { SessionStatus } from "./session_status.ts";

/** A connection to an exporter. Disposing it ends all that goes on through it. */
export interface Device extends AsyncDisposable {
  /** The exporter's address: `host:port` or `unix:path`. */
  readonly address: string;
  /** The root of its drivers. */
  readonly root: DriverNode;
  /** What the exporter says about itself. */
  readonly labels: Readonly<Record<string, string>>;
  /** The exporter's message of the day, if it has one. */
  readonly messageOfTheDay: string | undefined;
  /** All drivers, parents before their children. A driver that stands in two places is there twice. */
  readonly drivers: readonly DriverNode[];
  /**
   * The client of a driver.
   *
   * @param path where the driver stands: `dut.power`; empty for the root
   * @throws {TypeError} if there is no such driver; the message names the nearest
   */
  get<C>(path: string, Client: DriverClientType<C>): C;
  /** The driver at a path, as {@linkcode get}. */
  find(path: string): DriverNode;
  /**
   * Descriptors of services that this program does not come with, by the exporter's reflection.
   *
   * @param services full names
   * @throws {DeviceError} if the exporter knows one of them not, or has no reflection
   */
  describe(services: readonly string[]): Promise<DescService[]>;
  /**
   * What the exporter and its drivers log, from the session's start on. Goes on until the signal is aborted or the
   * loop is left; a connection that breaks is made anew (core-spec §10.3).
   */
  logs(options?: LogOptions): AsyncIterable<LogEntry>;
  /** The exporter's status. `LEASE_READY` where the exporter does not know the call. */
  status(options?: { signal?: AbortSignal; timeoutMs?: number }): Promise<SessionStatus>;
  /** The status each time it changes, the present one first, until the signal is aborted or the loop is left. */
  statusChanges(options?: { signal?: AbortSignal }): AsyncIterable<SessionStatus>;
  /** Tells the exporter that the lease's session is over. Not for exporters without a controller. */
  endSession(options?: { signal?: AbortSignal; timeoutMs?: number }): Promise<void>;
}
