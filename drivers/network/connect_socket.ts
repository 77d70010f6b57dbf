import type { Duplex } from "@jumpstarter/core/stream";
import { errno, osError, Ready, TtyStream, watchDescriptor } from "@jumpstarter/core/tty";

const SYMBOLS = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  shutdown: { parameters: ["i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** Numbers of Linux, the same on x86-64 and arm64. */
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_ERROR = 4;
const SHUT_WR = 1;
const EAGAIN = 11;
const EINPROGRESS = 115;

/** Loaded with this module, which is loaded when the first such socket is wanted. */
const library = Deno.dlopen("libc.so.6", SYMBOLS).symbols;

/**
 * Connects a stream socket of a family that Deno itself does not know.
 *
 * @param family `AF_…`
 * @param address the family's `struct sockaddr_…`
 * @param name what it is, for errors
 * @throws {Error} with the system's `code`, or the signal's reason
 */
export async function connectSocket(
  family: number,
  address: Uint8Array<ArrayBuffer>,
  name: string,
  signal?: AbortSignal,
): Promise<Duplex> {
  signal?.throwIfAborted();
  const fd = library.socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) throw osError(`make a socket for ${name}`);
  try {
    if (library.connect(fd, address, address.length) < 0) {
      const number = errno();
      if (number !== EINPROGRESS && number !== EAGAIN) throw osError(`connect to ${name}`, number);
      await untilConnected(fd, signal);
      const failure = socketError(fd);
      if (failure !== 0) throw osError(`connect to ${name}`, failure);
    }
  } catch (error) {
    library.close(fd);
    throw error;
  }
  return socketDuplex(fd, name);
}

function untilConnected(fd: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      watch[Symbol.dispose]();
      signal?.removeEventListener("abort", onAbort);
    };
    const onAbort = (): void => {
      finish();
      reject(signal!.reason);
    };
    const watch = watchDescriptor(fd, () => {
      finish();
      resolve();
    });
    watch.want(Ready.OUT);
    signal?.addEventListener("abort", onAbort);
  });
}

function socketError(fd: number): number {
  const value = new Int32Array(1);
  const length = new Uint32Array([4]);
  library.getsockopt(fd, SOL_SOCKET, SO_ERROR, value, length);
  return value[0];
}

/** What a tty lacks: the end of one direction only. The descriptor is closed when both have ended. */
function socketDuplex(fd: number, name: string): Duplex {
  const stream = new TtyStream(fd, { name });
  const reader = stream.readable.getReader();
  const writer = stream.writable.getWriter();
  writer.closed.catch(() => {});
  let open = 2;
  const end = (): void => {
    if (--open === 0) stream.close();
  };
  const readable = new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      const { done, value } = await reader.read();
      if (!done) return controller.enqueue(value);
      controller.close();
      end();
    },
    async cancel(reason): Promise<void> {
      await reader.cancel(reason);
      end();
    },
  }, { highWaterMark: 0 });
  const writable = new WritableStream<Uint8Array>({
    start(controller): void {
      controller.signal.addEventListener("abort", () => {
        writer.abort(controller.signal.reason).catch(() => {});
      }, { once: true });
    },
    write: (chunk) => writer.write(chunk),
    close(): void {
      library.shutdown(fd, SHUT_WR);
      end();
    },
  });
  return { readable, writable };
}
