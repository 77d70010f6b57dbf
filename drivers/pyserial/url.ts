/** Where a `url` of the configuration leads. */
export type SerialUrl =
  | { readonly kind: "loop" }
  | { readonly kind: "tty"; readonly path: string }
  | { readonly kind: "socket"; readonly hostname: string; readonly port: number }
  | {
    readonly kind: "rfc2217";
    readonly hostname: string;
    readonly port: number;
    /** Whether the server's answers to changes of the line are waited for. */
    readonly confirm: boolean;
  };

/** Options of pyserial's network URLs; those that only concern pyserial itself are read and have no effect. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  socket: ["logging"],
  rfc2217: ["logging", "ign_set_control", "poll_modem", "timeout"],
};

/**
 * Reads what pyserial's `serial_for_url` takes: the path of a tty, `loop://`, `socket://HOST:PORT`, `rfc2217://HOST:PORT`.
 *
 * @throws {SyntaxError} if it is none of these
 */
export function parseSerialUrl(url: string): SerialUrl {
  const scheme = /^([A-Za-z][\w+.-]*):\/\//.exec(url)?.[1];
  if (scheme === undefined) {
    if (url === "") throw refusal(url, "it must not be empty");
    return { kind: "tty", path: url };
  }
  if (url === "loop://") return { kind: "loop" };
  if (scheme !== "socket" && scheme !== "rfc2217") {
    throw refusal(
      url,
      "it must be the path of a device, loop://, socket://HOST:PORT or rfc2217://HOST:PORT",
    );
  }
  const match = /^\w+:\/\/(?:\[([^\]]+)\]|([^\s:/?#[\]]+)):(\d+)\/?(?:\?(.*))?$/.exec(url);
  const port = Number(match?.[3]);
  if (match === null || port < 1 || port > 65_535) {
    throw refusal(url, `it must be ${scheme}://HOST:PORT with a port from 1 to 65535`);
  }
  const options = new URLSearchParams(match[4] ?? "");
  for (const name of options.keys()) {
    if (OPTIONS[scheme].includes(name)) continue;
    throw refusal(url, `option '${name}' is unknown: known are ${OPTIONS[scheme].join(", ")}`);
  }
  const hostname = match[1] ?? match[2];
  if (scheme === "socket") return { kind: "socket", hostname, port };
  return { kind: "rfc2217", hostname, port, confirm: !options.has("ign_set_control") };
}

function refusal(url: string, reason: string): SyntaxError {
  return new SyntaxError(`Cannot use url of serial port: ${reason}: current value is '${url}'`);
}
