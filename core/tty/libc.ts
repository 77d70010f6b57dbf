/** The C library's calls that Deno itself does not offer. */

const SYMBOLS = {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  openInPool: { name: "open", parameters: ["buffer", "i32"], result: "i32", nonblocking: true },
  close: { parameters: ["i32"], result: "i32" },
  closeInPool: { name: "close", parameters: ["i32"], result: "i32", nonblocking: true },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
  ioctlValue: { name: "ioctl", parameters: ["i32", "u64", "u64"], result: "i32" },
  flock: { parameters: ["i32", "i32"], result: "i32" },
  posix_openpt: { parameters: ["i32"], result: "i32" },
  grantpt: { parameters: ["i32"], result: "i32" },
  unlockpt: { parameters: ["i32"], result: "i32" },
  ptsname_r: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  epoll_create1: { parameters: ["i32"], result: "i32" },
  epoll_ctl: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  epollWaitInPool: {
    name: "epoll_wait",
    parameters: ["i32", "buffer", "i32", "i32"],
    result: "i32",
    nonblocking: true,
  },
  __errno_location: { parameters: [], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

/**
 * The calls by name, those of the C library, which return -1 when they fail: see {@linkcode errno}.
 *
 * Those that end in `InPool` run in Deno's pool of 32 threads, for what may block: they return a promise, their errno is
 * lost, and the caller must keep hold of their buffers until they settle. `ioctl` takes a pointer, `ioctlValue` a number.
 */
export type Libc = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

let loaded: Libc | undefined;

// Now rather than at the first use: a test that is the first to open a tty would be blamed for the library left open.
// Not where Deno would ask the person at the keyboard for leave.
if (Deno.build.os === "linux" && Deno.permissions.querySync({ name: "ffi" }).state === "granted") {
  libc();
}

/**
 * The C library.
 *
 * @throws {Deno.errors.NotSupported} on systems other than Linux
 */
export function libc(): Libc {
  if (loaded === undefined) {
    if (Deno.build.os !== "linux") {
      throw new Deno.errors.NotSupported(
        `Cannot use terminals: only Linux has what it takes: current system is '${Deno.build.os}'`,
      );
    }
    loaded = Deno.dlopen("libc.so.6", SYMBOLS).symbols;
  }
  return loaded;
}

/** The error number of the call just made; not of one that ran in the pool. Read it before the next `await`. */
export function errno(): number {
  return new Deno.UnsafePointerView(libc().__errno_location()!).getInt32(0);
}

const encoder = new TextEncoder();

/** A text as C wants it: UTF-8 and a zero byte. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  if (text.includes("\0")) {
    throw new TypeError(
      `Cannot pass text to system: it has a zero byte: current value is '${text}'`,
    );
  }
  return encoder.encode(text + "\0");
}
