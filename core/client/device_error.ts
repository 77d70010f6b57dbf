import { Code, ConnectError } from "@connectrpc/connect";

/** What went wrong, as a person sees it. */
export type FailureKind =
  | "misuse"
  | "not-implemented"
  | "not-ready"
  | "timeout"
  | "unreachable"
  | "unauthenticated"
  | "cancelled"
  | "device";

/** What follows from a kind of failure. */
export interface FailureFacts {
  /** Exit code of a command that fails so (cli-spec §1.6). */
  readonly exitCode: number;
  /** What to do next, where there is something to say. */
  readonly advice: string | undefined;
}

/** What follows from each kind. */
export const FAILURES: Readonly<Record<FailureKind, FailureFacts>> = {
  "misuse": { exitCode: 1, advice: undefined },
  "not-implemented": { exitCode: 1, advice: "The driver of this exporter cannot do that" },
  "not-ready": { exitCode: 1, advice: "Wait until the exporter's status is LEASE_READY" },
  "timeout": {
    exitCode: 1,
    advice: "The board did not answer in time: check its power and cables",
  },
  "unreachable": {
    exitCode: 1,
    advice: "Either the exporter cannot be reached, or it cannot reach its device",
  },
  "unauthenticated": { exitCode: 1, advice: "Check the passphrase" },
  "cancelled": { exitCode: 2, advice: undefined },
  "device": { exitCode: 1, advice: undefined },
};

/** The kind of failure that a status means (core-spec §4.4). NOT_FOUND is an unknown method on calls by name only. */
const KINDS: Partial<Record<Code, FailureKind>> = {
  [Code.InvalidArgument]: "misuse",
  [Code.OutOfRange]: "misuse",
  [Code.Unimplemented]: "not-implemented",
  [Code.FailedPrecondition]: "not-ready",
  [Code.DeadlineExceeded]: "timeout",
  [Code.Unavailable]: "unreachable",
  [Code.Unauthenticated]: "unauthenticated",
  [Code.PermissionDenied]: "unauthenticated",
  [Code.Canceled]: "cancelled",
};

/** Where a failure happened. */
export interface FailurePlace {
  /** The driver's path. */
  readonly path?: string;
  /** The method, as it was called. */
  readonly method?: string;
  /** Whether NOT_FOUND means that there is no such method. */
  readonly byName?: boolean;
}

/** A call to an exporter, or to one of its drivers, failed. */
export class DeviceError extends ConnectError {
  /** What went wrong. */
  readonly kind: FailureKind;
  /** The driver's path, if it was a driver's call. */
  readonly path: string | undefined;
  /** The method, as it was called. */
  readonly method: string | undefined;
  readonly #brand = true;

  /** Says of a failed call where it happened. */
  constructor(error: ConnectError, place: FailurePlace = {}) {
    const message = error.rawMessage === "" ? "<no details>" : error.rawMessage;
    super(message, error.code, error.metadata, undefined, error.cause ?? error);
    this.details = error.details;
    this.kind = kindOf(error.code, place);
    this.path = place.path;
    this.method = place.method;
  }

  /** Exit code of a command that fails so. */
  get exitCode(): number {
    return FAILURES[this.kind].exitCode;
  }

  /** What to do next, where there is something to say. */
  get advice(): string | undefined {
    return FAILURES[this.kind].advice;
  }

  /** Any error as one of this class. */
  static of(error: unknown, place?: FailurePlace): DeviceError {
    return error instanceof DeviceError ? error : new DeviceError(ConnectError.from(error), place);
  }

  /** Connect's own test goes by the name, which all its errors share. */
  static override [Symbol.hasInstance](value: unknown): value is DeviceError {
    return typeof value === "object" && value !== null && #brand in value && value.#brand;
  }
}

function kindOf(code: Code, { byName = false }: FailurePlace): FailureKind {
  if (code === Code.NotFound && byName) return "not-implemented";
  return KINDS[code] ?? "device";
}
