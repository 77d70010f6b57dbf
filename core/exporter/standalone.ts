import { ExporterStatus } from "@jumpstarter/proto/v1";
import type { ExporterConfig } from "../config/mod.ts";
import { type DriverRegistry, Logger, type LogLevel, type LogSink } from "../driver/mod.ts";
import type { GrpcServer } from "../grpc/mod.ts";
import { LeaseHooks } from "./hooks/mod.ts";
import { type ListenAddress, listenOn, type ServerIdentity } from "./listen_address.ts";
import { LogHub } from "./log_hub.ts";
import { openSession } from "./open_session.ts";
import { passphraseGate } from "./passphrase_gate.ts";
import { listenPrivately } from "./private_socket.ts";
import { closeListening, serveSession } from "./serve_session.ts";
import type { EndSessionResult, Session } from "./session.ts";

/** What {@linkcode serveStandalone} takes. */
export interface StandaloneOptions {
  /** The exporter's file. */
  config: ExporterConfig;
  /** Knows the drivers. */
  registry: DriverRegistry;
  /** Where clients reach it. */
  listen: ListenAddress;
  /** Certificate and key; without them it speaks plain text. */
  tls?: ServerIdentity;
  /** What clients must know. */
  passphrase?: string;
  /** Ends it in order: the hook after the lease runs, drivers are closed. */
  signal: AbortSignal;
  /** Cuts the end short: what still runs is stopped. */
  force?: AbortSignal;
  /** Gets all log records, besides the clients. */
  sink?: LogSink;
  /** What the exporter's own records have to matter at least. Default `info`. */
  logLevel?: LogLevel;
  /** Where modules of drivers beside the file are looked for. */
  baseFolder?: string;
  /** A folder with programs for hooks, such as `j`: goes to the front of their `PATH`. */
  hookPath?: string;
  /** Called when clients are answered; the hook before the lease may still run. */
  onListening?: (exporter: StandaloneExporter) => void;
}

/** A standalone exporter that serves. */
export interface StandaloneExporter {
  /** Where clients reach it: `HOST:PORT`, or a socket's path. */
  readonly address: string;
  /** Its session. */
  readonly session: Session;
}

/** Name of the lease that a standalone exporter lives in (core-spec §7.12). */
const LEASE_NAME = "standalone";

/** A client that thinks it has a lease must not end the board for all others (core-spec §13.3). */
const onEndSession = (): EndSessionResult => ({
  success: false,
  message: "No lease to end: this exporter stands alone",
});

/** Time for calls under way, and for clients to see the last status, in ms (core-spec §7.6). */
const CLOSE_GRACE_MS = 1_000;

/** Time for drivers to close after `force`, in ms. */
const FORCED_CLOSE_MS = 2_000;

/**
 * Serves a board without a controller, to anyone who comes, until the signal (core-spec §7.12).
 *
 * A hook that fails with `endLease` or `exit` ends it: there will be no other lease.
 *
 * @returns the exit code: 1 after such a failure, else 0
 * @throws {DriverConfigError} when the drivers' configuration is wrong
 * @throws {Error} when it cannot listen
 */
export async function serveStandalone(options: StandaloneOptions): Promise<number> {
  const { config, registry, sink, logLevel, baseFolder, passphrase } = options;
  await using ending = new AsyncDisposableStack();
  const logs = new LogHub(sink);
  const log = new Logger("exporter", logs.publish, logLevel);
  const gate = passphrase === undefined ? undefined : passphraseGate(passphrase, log);
  // First: whoever finds the port taken should not have touched the board.
  const front = await listenOn(options.listen, options.tls);
  ending.defer(() => closeListening(front));
  const session = await openSession({ config, registry, logs, baseFolder, onEndSession });
  ending.defer(() => closeSession(session, options.force));

  const { beforeLease, afterLease } = config.hooks;
  const back = beforeLease ?? afterLease ? await listenPrivately() : undefined;
  if (back !== undefined) {
    ending.defer(() => closeListening(back));
    ending.use(serveSession(session, back, log));
  }
  const hooks = new LeaseHooks({
    session,
    hooks: config.hooks,
    lease: {
      host: back?.address ?? "",
      leaseName: LEASE_NAME,
      clientName: "",
      path: options.hookPath,
    },
  });
  const server = serveSession(session, front, log, gate);
  ending.use(server);
  options.onListening?.({ address: front.address, session });
  return await liveAndEnd(session, hooks, server, options);
}

/** The hooks, and what is between them. */
async function liveAndEnd(
  session: Session,
  hooks: LeaseHooks,
  server: GrpcServer,
  { signal, force }: StandaloneOptions,
): Promise<number> {
  const before = await hooks.before({ signal, force });
  if (before === "continue") await aborted(signal);
  let failed = before === "endLease" || before === "exit";
  // One that was stopped half-way leaves something to be tidied up.
  if (!failed) failed = await hooks.after({ force }) === "exit";
  if (!failed) session.status.set(ExporterStatus.OFFLINE, "Exporter shutting down");
  // Clients that wait for the board poll its status, and should see why they do not get it.
  if (failed) await pause(CLOSE_GRACE_MS, AbortSignal.any([signal, ...(force ? [force] : [])]));
  // Ends the streams of those who read it; what drivers say from now on is seen by `sink` only.
  session.logs.close();
  await drain(server, force);
  return failed ? 1 : 0;
}

/** Lets calls under way end, for a moment. */
async function drain(server: GrpcServer, force: AbortSignal | undefined): Promise<void> {
  const late = new AbortController();
  const giveUp = (): void => late.abort();
  const timer = setTimeout(giveUp, CLOSE_GRACE_MS);
  force?.addEventListener("abort", giveUp, { once: true });
  if (force?.aborted) giveUp();
  await server.drain({ signal: late.signal });
  clearTimeout(timer);
  force?.removeEventListener("abort", giveUp);
}

/** Closes the drivers, which are given up on a moment after `force`. */
async function closeSession(session: Session, force: AbortSignal | undefined): Promise<void> {
  const closed = session.close();
  const late = Promise.withResolvers<void>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hurry = (): void => {
    timer = setTimeout(late.resolve, FORCED_CLOSE_MS);
  };
  force?.addEventListener("abort", hurry, { once: true });
  if (force?.aborted) hurry();
  await Promise.race([closed, late.promise]);
  clearTimeout(timer);
  force?.removeEventListener("abort", hurry);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    if (signal.aborted) done();
    else signal.addEventListener("abort", done, { once: true });
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
