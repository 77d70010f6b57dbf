import { ExporterStatus } from "@jumpstarter/proto/v1";

/** Where an exporter stands, as `GetStatus` says it. */
export interface StatusSnapshot {
  /** The status. */
  readonly status: ExporterStatus;
  /** What a person may want to know; empty if nothing. */
  readonly message: string;
  /** Grows by one with every report, also one that changes nothing (core-spec §7.4). */
  readonly version: number;
  /** The status before; undefined until the first report. */
  readonly previous: ExporterStatus | undefined;
}

/** Statuses in which drivers may be called (core-spec §4.5): hooks use the board too. */
const CALLS_ALLOWED: readonly ExporterStatus[] = [
  ExporterStatus.LEASE_READY,
  ExporterStatus.BEFORE_LEASE_HOOK,
  ExporterStatus.AFTER_LEASE_HOOK,
];

/** A session's status. */
export class SessionStatus {
  #now: StatusSnapshot = {
    status: ExporterStatus.AVAILABLE,
    message: "",
    version: 0,
    previous: undefined,
  };
  readonly #listeners = new Set<(now: StatusSnapshot) => void>();

  /** Where it stands. */
  get now(): StatusSnapshot {
    return this.#now;
  }

  /** Whether drivers may be called. */
  get allowsCalls(): boolean {
    return CALLS_ALLOWED.includes(this.#now.status);
  }

  /** Reports a status. */
  set(status: ExporterStatus, message = ""): void {
    const { version, status: previous } = this.#now;
    this.#now = { status, message, version: version + 1, previous };
    for (const listener of this.#listeners) listener(this.#now);
  }

  /** Calls `listener` with each report; returns what stops that. */
  subscribe(listener: (now: StatusSnapshot) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
