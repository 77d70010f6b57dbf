import { libc } from "./libc.ts";
import { osError } from "./os_error.ts";

/** What to wait for, and what came, as bits: those of Linux' epoll. */
export const Ready = {
  /** There is something to read. */
  IN: 0x1,
  /** Urgent data; changes of attributes in sysfs. */
  PRI: 0x2,
  /** There is room to write. */
  OUT: 0x4,
  /** An error; comes unasked. */
  ERR: 0x8,
  /** Hung up; comes unasked. */
  HUP: 0x10,
} as const;

/** One descriptor that is being waited for. */
export interface Watch extends Disposable {
  /** Waits for these from now on, until told otherwise; 0: for nothing, hang-ups included. Costs a system call when it is news. */
  want(events: number): void;
  /** Waits no more. Do so before closing the descriptor. */
  [Symbol.dispose](): void;
}

const EPOLL_CLOEXEC = 0x80000;
const CTL_ADD = 1;
const CTL_DEL = 2;
const CTL_MOD = 3;
const EFD_NONBLOCK_CLOEXEC = 0x80800;

/** Events fetched at once. */
const BATCH = 64;
/** `struct epoll_event` is packed on x86-64 only. */
const EVENT_BYTES = Deno.build.arch === "x86_64" ? 12 : 16;
const DATA_AT = EVENT_BYTES - 8;

/** All descriptors share one waiting thread, and the process ends when none is waited for. */
class Poller {
  readonly #handlers = new Map<number, (events: number) => void>();
  // Held here as long as the system may write to it.
  readonly #events = new Uint8Array(BATCH * EVENT_BYTES);
  readonly #one = new Uint8Array(EVENT_BYTES);
  readonly #counter = new Uint8Array(8);
  #epoll = -1;
  #wake = -1;
  #running = false;
  #idle: PromiseWithResolvers<void> | undefined;

  watch(fd: number, handler: (events: number) => void): Watch {
    this.#open();
    let wanted = 0;
    let ended = false;
    const change = (events: number): void => {
      if (ended || events === wanted) return;
      if (wanted === 0) this.#add(fd, events, handler);
      else if (events === 0) this.#remove(fd);
      else this.#control(CTL_MOD, fd, events);
      wanted = events;
    };
    const end = (): void => {
      change(0);
      ended = true;
    };
    return { want: change, [Symbol.dispose]: end };
  }

  #open(): void {
    if (this.#epoll >= 0) return;
    const epoll = libc().epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0) throw osError("make poller");
    const wake = libc().eventfd(0, EFD_NONBLOCK_CLOEXEC);
    if (wake < 0) {
      const error = osError("make poller");
      libc().close(epoll);
      throw error;
    }
    this.#epoll = epoll;
    this.#wake = wake;
    this.#control(CTL_ADD, wake, Ready.IN);
  }

  #add(fd: number, events: number, handler: (events: number) => void): void {
    this.#control(CTL_ADD, fd, events);
    this.#handlers.set(fd, handler);
    this.#endIdle();
    if (!this.#running) this.#run();
  }

  #remove(fd: number): void {
    this.#handlers.delete(fd);
    this.#control(CTL_DEL, fd, 0);
    if (this.#handlers.size > 0) return;
    this.#counter.fill(0);
    this.#counter[0] = 1;
    libc().write(this.#wake, this.#counter, 8n);
  }

  #control(operation: number, fd: number, events: number): void {
    const view = new DataView(this.#one.buffer);
    view.setUint32(0, events, true);
    view.setInt32(DATA_AT, fd, true);
    const failed = libc().epoll_ctl(this.#epoll, operation, fd, this.#one) < 0;
    if (failed && operation !== CTL_DEL) throw osError(`wait for descriptor ${fd}`);
  }

  async #run(): Promise<void> {
    this.#running = true;
    const view = new DataView(this.#events.buffer);
    while (this.#handlers.size > 0) {
      // A signal may end the wait early: -1, no event.
      const count = await libc().epollWaitInPool(this.#epoll, this.#events, BATCH, -1);
      for (let i = 0; i < count; i++) {
        const at = i * EVENT_BYTES;
        const fd = view.getInt32(at + DATA_AT, true);
        if (fd === this.#wake) libc().read(fd, this.#counter, 8n);
        else this.#handlers.get(fd)?.(view.getUint32(at, true));
      }
    }
    this.#running = false;
    this.#endIdle();
  }

  idle(): Promise<void> {
    if (!this.#running || this.#handlers.size > 0) return Promise.resolve();
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }

  #endIdle(): void {
    this.#idle?.resolve();
    this.#idle = undefined;
  }
}

const poller = new Poller();

/**
 * Has `handler` called whenever what is wanted of a descriptor is there (level-triggered). It wants nothing at first: see
 * {@linkcode Watch.want}. The handler must not throw and should not wait; it reads or writes without blocking.
 *
 * A watch that wants something keeps the process alive.
 *
 * @param fd an open descriptor that epoll can wait for: a tty, a socket, a GPIO line; not a file on disk
 */
export function watchDescriptor(fd: number, handler: (events: number) => void): Watch {
  return poller.watch(fd, handler);
}

/**
 * Resolves when the thread that waits for descriptors is gone, at once if there are watches left. Until then, well under a
 * millisecond, the process stays alive, and leak checks of tests on Deno 2.6 see it.
 */
export function pollerIdle(): Promise<void> {
  return poller.idle();
}
