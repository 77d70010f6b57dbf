import { carryConnections } from "./carry_connections.ts";
import { formatHostPort } from "./host_port.ts";
import type { ForwardOptions, StreamOpener } from "./stream_opener.ts";

/** Options of {@linkcode forwardTcp}. */
export interface TcpForwardOptions extends ForwardOptions {
  /** Where to listen: a name or an address, `127.0.0.1` unless told. */
  hostname?: string;
  /** 0, unless told, takes a free one. */
  port?: number;
}

/** Options of {@linkcode forwardUnix}. */
export interface UnixForwardOptions extends ForwardOptions {
  /** Where the socket shall be; in a new folder, which goes with it, unless told. */
  path?: string;
}

/** A server of this machine whose connections go to a device. Disposing it ends them. */
export interface Forward extends AsyncDisposable {
  /** Resolves when it has ended, with all its connections. */
  readonly closed: Promise<void>;
  /** Ends it, with all its connections. */
  close(): Promise<void>;
}

/** A {@linkcode Forward} of a TCP or UDP port. */
export interface PortForward extends Forward {
  /** Where it listens: an address without brackets. */
  readonly hostname: string;
  /** Where it listens, 1 to 65535. */
  readonly port: number;
  /** `host:port`; `[host]:port` for IPv6. */
  readonly address: string;
}

/** A {@linkcode Forward} of a unix socket. */
export interface UnixForward extends Forward {
  /** The socket. */
  readonly path: string;
}

/**
 * Listens on a TCP port; each connection gets a stream to the device of its own.
 *
 * @throws {Deno.errors.AddrInUse} and the like, if it cannot listen
 *
 * @example
 * ```ts
 * await using web = forwardTcp(device.find("http"));
 * const page = await fetch(`http://${web.address}/`);
 * ```
 */
export function forwardTcp(device: StreamOpener, options: TcpForwardOptions = {}): PortForward {
  const { hostname = "127.0.0.1", port = 0 } = options;
  const listener = listening(
    formatHostPort(hostname, port),
    () => Deno.listen({ hostname, port }),
  );
  const { addr } = listener;
  return {
    ...running(listener, device, options),
    hostname: addr.hostname,
    port: addr.port,
    address: formatHostPort(addr.hostname, addr.port),
  };
}

/**
 * Listens on a unix socket; each connection gets a stream to the device of its own.
 *
 * @throws {Deno.errors.AddrInUse} and the like, if it cannot listen
 */
export async function forwardUnix(
  device: StreamOpener,
  options: UnixForwardOptions = {},
): Promise<UnixForward> {
  const folder = options.path === undefined ? await newFolder() : undefined;
  const path = options.path ?? `${folder}/socket`;
  const clean = async (): Promise<void> => {
    await Deno.remove(folder ?? path, { recursive: folder !== undefined }).catch(() => {});
  };
  let listener: Deno.UnixListener;
  try {
    listener = listening(path, () => Deno.listen({ transport: "unix", path }));
  } catch (error) {
    if (folder !== undefined) await clean();
    throw error;
  }
  return { ...running(listener, device, options, clean), path };
}

/** A folder that only this user can look into, where sockets of a login session go. */
async function newFolder(): Promise<string> {
  const dir = Deno.env.get("XDG_RUNTIME_DIR");
  const prefix = "jumpstarter-";
  if (dir !== undefined && dir !== "") {
    const folder = await Deno.makeTempDir({ dir, prefix }).catch(() => undefined);
    if (folder !== undefined) return folder;
  }
  return await Deno.makeTempDir({ prefix });
}

function listening<T>(address: string, listen: () => T): T {
  try {
    return listen();
  } catch (error) {
    if (error instanceof Error) error.message = `Cannot listen on ${address}: ${error.message}`;
    throw error;
  }
}

function running(
  listener: Deno.Listener,
  device: StreamOpener,
  options: ForwardOptions,
  clean?: () => Promise<void>,
): Forward {
  const { signal } = options;
  const ended = new AbortController();
  const end = (): void => {
    if (ended.signal.aborted) return;
    listener.close();
    ended.abort(new DOMException("The forward was closed", "AbortError"));
  };
  if (signal?.aborted) end();
  signal?.addEventListener("abort", end);
  const closed = carryConnections(listener, device, options, ended.signal).finally(async () => {
    signal?.removeEventListener("abort", end);
    await clean?.();
  });
  const close = (): Promise<void> => {
    end();
    return closed;
  };
  return { closed, close, [Symbol.asyncDispose]: close };
}
