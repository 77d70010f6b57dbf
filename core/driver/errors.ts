import { Code, ConnectError } from "@connectrpc/connect";

/** Errors of the operating system that say that the other end is not there (core-spec §4.3, row 4). */
const CONNECTION_ERRORS = [
  "ConnectionRefused",
  "ConnectionReset",
  "ConnectionAborted",
  "BrokenPipe",
  "NotConnected",
  "UnexpectedEof",
  "NetworkUnreachable",
];

const CONNECTION_CODES = /^(ECONN\w+|EPIPE|ENOTCONN|ENETUNREACH|EHOSTUNREACH|ENOTFOUND)$/;

/**
 * The status that a driver's error means: the driver's own choice, where it threw a `ConnectError`, else by class
 * (core-spec §4.3). The message is the error's own.
 *
 * | error | status |
 * |---|---|
 * | `RangeError`, `SyntaxError`, zod's | INVALID_ARGUMENT |
 * | `TimeoutError`, `Deno.errors.TimedOut`, ETIMEDOUT | DEADLINE_EXCEEDED |
 * | `AbortError` | CANCELLED |
 * | connection refused, reset, broken pipe … | UNAVAILABLE |
 * | other errors of the operating system | INTERNAL |
 * | anything else | UNKNOWN |
 */
export function driverError(error: unknown): ConnectError {
  if (error instanceof ConnectError) return error;
  if (!(error instanceof Error)) return new ConnectError(String(error), Code.Unknown);
  return new ConnectError(error.message, codeOf(error), undefined, undefined, error);
}

function codeOf(error: Error): Code {
  const systemCode = (error as { code?: unknown }).code;
  switch (error.name) {
    case "RangeError":
    case "SyntaxError":
    case "ZodError":
      return Code.InvalidArgument;
    case "TimeoutError":
    case "TimedOut":
      return Code.DeadlineExceeded;
    case "AbortError":
      return Code.Canceled;
  }
  if (systemCode === "ETIMEDOUT") return Code.DeadlineExceeded;
  if (CONNECTION_ERRORS.includes(error.name)) return Code.Unavailable;
  if (typeof systemCode === "string" && CONNECTION_CODES.test(systemCode)) return Code.Unavailable;
  if (isSystemError(error, systemCode)) return Code.Internal;
  return Code.Unknown;
}

function isSystemError(error: Error, code: unknown): boolean {
  return error.name in Deno.errors || (typeof code === "string" && /^E[A-Z0-9]+$/.test(code));
}
