/**
 * Serves one tree of drivers: session, status, hooks, logs.
 *
 * @module
 */
export * from "./hooks/mod.ts";
export type { ListenAddress, ServerIdentity } from "./listen_address.ts";
export { type LocalExporter, type LocalOptions, serveLocal } from "./local.ts";
export { LogHub, type LogItem } from "./log_hub.ts";
export { AFTER_LEASE_LOGGER, BEFORE_LEASE_LOGGER } from "./services/logs.ts";
export { type EndSessionResult, Session, type SessionOptions } from "./session.ts";
export { PASSPHRASE_HEADER, passphraseGate } from "./passphrase_gate.ts";
export { SessionStatus, type StatusSnapshot } from "./status.ts";
export { serveStandalone, type StandaloneExporter, type StandaloneOptions } from "./standalone.ts";
