import { ExporterStatus } from "@jumpstarter/proto/v1";
import type { ExporterConfig } from "../config/mod.ts";
import { type DriverRegistry, Logger, type LogSink } from "../driver/mod.ts";
import { LogHub } from "./log_hub.ts";
import { openSession } from "./open_session.ts";
import { listenPrivately } from "./private_socket.ts";
import { closeListening, serveSession } from "./serve_session.ts";
import type { Session } from "./session.ts";

/** What {@linkcode serveLocal} takes. */
export interface LocalOptions {
  /** The exporter's file. */
  config: ExporterConfig;
  /** Knows the drivers. */
  registry: DriverRegistry;
  /** Gets all log records, besides the clients. */
  sink?: LogSink;
  /** Where modules of drivers beside the file are looked for. */
  baseFolder?: string;
}

/** A board that this process serves to itself and to the programs that it starts. */
export interface LocalExporter extends AsyncDisposable {
  /** The unix socket: a path that only this user can reach. */
  readonly path: string;
  /** Its session. */
  readonly session: Session;
  /** Ends it: connections first, then drivers. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Serves a board to programs of this user on this machine, as `jmp shell --exporter` does: no hooks, no lease, ready at
 * once (core-spec §7.13).
 *
 * @throws {DriverConfigError} when the drivers' configuration is wrong
 */
export async function serveLocal(options: LocalOptions): Promise<LocalExporter> {
  const { sink, ...rest } = options;
  const logs = new LogHub(sink);
  const session = await openSession({ ...rest, logs });
  await using opening = new AsyncDisposableStack();
  opening.use(session);
  const listening = await listenPrivately();
  opening.defer(() => closeListening(listening));
  session.status.set(ExporterStatus.LEASE_READY, "Ready for commands");
  opening.use(serveSession(session, listening, new Logger("exporter", logs.publish)));
  const open = opening.move();
  return {
    path: listening.address,
    session,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}
