import { Code, ConnectError } from "@connectrpc/connect";

/** Errors of drivers, by the Python class that the peer's driver raises. */
const FAILURES: Readonly<Record<string, (text: string) => Error>> = {
  not_implemented: (text) => new ConnectError(text, Code.Unimplemented),
  value: (text) => new RangeError(text),
  timeout: (text) => new DOMException(text, "TimeoutError"),
  connection: (text) => new Deno.errors.ConnectionAborted(text),
  connection_refused: (text) => new Deno.errors.ConnectionRefused(text),
  os: (text) => Object.assign(new Error(text), { code: "EIO" }),
  permission: (text) => new Deno.errors.PermissionDenied(text),
  not_found: (text) => new Deno.errors.NotFound(text),
  runtime: (text) => new Error(text),
  type: (text) => new TypeError(text),
  key: (text) => new Error(`'${text}'`), // as Python prints a KeyError
  assertion: (text) => new Error(text),
};

/** The error that the peer's driver would raise: `value` is a ValueError, `os` an OSError. */
export function failureOf(kind: string, text: string): Error {
  const make = FAILURES[kind];
  if (make !== undefined) return make(text);
  const known = Object.keys(FAILURES).join(", ");
  return new Error(`Cannot fail: kind must be one of ${known}: current value is '${kind}'`);
}
