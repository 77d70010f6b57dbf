import type { Duplex } from "../stream/mod.ts";
import { errno, libc } from "./libc.ts";
import { Errno, osError } from "./os_error.ts";
import { pollerIdle, Ready, type Watch, watchDescriptor } from "./poller.ts";

/** Bytes allocated at a time and handed out in pieces: a tty gives at most 4 KiB per read. */
const SLAB_BYTES = 64 * 1024;
/** The least room that a read is offered. */
const READ_BYTES = 4 * 1024;

/** Settings of a {@linkcode TtyStream}. */
export interface TtyStreamOptions {
  /** Bytes that are read ahead of the reader, 65,536 unless told. Then the kernel's buffer fills, and the other end waits. */
  readAhead?: number;
  /** What it is, for errors: `'/dev/ttyUSB0'`. */
  name?: string;
  /** Called once, when it is closed. */
  onClose?: () => void;
}

/**
 * A descriptor of a tty, opened with `O_NONBLOCK`, as a {@linkcode Duplex}. It owns the descriptor.
 *
 * Its reading side ends when the other end hangs up or the device goes; a tty has no half-close, so closing the writing
 * side ends nothing else. {@linkcode TtyStream.close} ends both.
 */
export class TtyStream implements Duplex, AsyncDisposable {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly #fd: number;
  readonly #name: string;
  readonly #watch: Watch;
  readonly #onClose: (() => void) | undefined;
  #source!: ReadableStreamDefaultController<Uint8Array>;
  #sink!: WritableStreamDefaultController;
  #slab = new Uint8Array(0);
  #used = 0;
  #reading = true;
  #roomWaiter: (() => void) | undefined;
  #wanted = 0;
  #closed = false;

  /** Takes over `fd`. */
  constructor(fd: number, options: TtyStreamOptions = {}) {
    this.#fd = fd;
    this.#name = options.name ?? `descriptor ${fd}`;
    this.#onClose = options.onClose;
    this.#watch = watchDescriptor(fd, (events) => this.#onReady(events));
    this.readable = new ReadableStream<Uint8Array>({
      start: (controller): void => {
        this.#source = controller;
      },
      pull: (): void => this.#want(this.#wanted | Ready.IN),
      cancel: (): void => this.#endReading(),
    }, new ByteLengthQueuingStrategy({ highWaterMark: options.readAhead ?? SLAB_BYTES }));
    this.writable = new WritableStream<Uint8Array>({
      start: (controller): void => {
        this.#sink = controller;
        // Now, not in abort(): that waits for the write under way, which may wait for the other end.
        controller.signal.addEventListener("abort", () => {
          const reason = controller.signal.reason;
          this.#end((source) => source.error(reason));
        }, { once: true });
      },
      write: (chunk): Promise<void> => this.#write(chunk),
    });
  }

  /** The descriptor, for `ioctl`; not to be closed, read or written. */
  get fd(): number {
    return this.#fd;
  }

  /** Whether {@linkcode TtyStream.close} was called. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Closes the descriptor, as `writable.abort` does: the reader sees the end, a write under way fails. */
  close(): void {
    this.#end((source) => source.close(), this.#closedError());
  }

  /** As {@linkcode TtyStream.close}, and waits until no thread waits for it any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await pollerIdle();
  }

  #end(
    endReading: (source: ReadableStreamDefaultController<Uint8Array>) => void,
    failure?: Error,
  ): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watch[Symbol.dispose]();
    libc().close(this.#fd);
    this.#onClose?.();
    if (this.#reading) {
      this.#reading = false;
      endReading(this.#source);
    }
    if (failure !== undefined) this.#sink.error(failure);
    this.#writeNow();
  }

  #closedError(): Error {
    return new Deno.errors.BrokenPipe(`Cannot write to ${this.#name}: it is closed`);
  }

  #want(events: number): void {
    if (this.#closed) return;
    this.#wanted = events;
    this.#watch.want(events);
  }

  #onReady(events: number): void {
    const gone = (events & (Ready.HUP | Ready.ERR)) !== 0;
    if (gone || (events & Ready.OUT) !== 0) this.#writeNow();
    if ((this.#wanted & Ready.IN) !== 0) this.#read();
    // Hang-ups come unasked, and again and again.
    else if (gone) this.#want(0);
  }

  #read(): void {
    if (this.#slab.length - this.#used < READ_BYTES) {
      this.#slab = new Uint8Array(SLAB_BYTES);
      this.#used = 0;
    }
    const room = this.#slab.subarray(this.#used);
    const count = Number(libc().read(this.#fd, room, BigInt(room.length)));
    if (count > 0) {
      this.#used += count;
      this.#source.enqueue(room.subarray(0, count));
      if (this.#source.desiredSize! <= 0) this.#want(this.#wanted & ~Ready.IN);
      return;
    }
    const number = count < 0 ? errno() : 0;
    if (number === Errno.EAGAIN || number === Errno.EINTR) return;
    this.#endReading();
    // EIO is how a tty says that the other end hung up, or that the device is gone.
    if (number === 0 || number === Errno.EIO) this.#source.close();
    else this.#source.error(osError(`read ${this.#name}`, number));
  }

  #endReading(): void {
    this.#reading = false;
    this.#want(this.#wanted & ~Ready.IN);
  }

  async #write(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length;) {
      this.#sink.signal.throwIfAborted();
      if (this.#closed) throw this.#closedError();
      const rest = chunk.subarray(at) as Uint8Array<ArrayBuffer>;
      const count = Number(libc().write(this.#fd, rest, BigInt(rest.length)));
      if (count >= 0) {
        at += count;
        continue;
      }
      const number = errno();
      if (number === Errno.EINTR) continue;
      if (number !== Errno.EAGAIN) throw osError(`write to ${this.#name}`, number);
      await new Promise<void>((resolve) => {
        this.#roomWaiter = resolve;
        this.#want(this.#wanted | Ready.OUT);
      });
    }
  }

  #writeNow(): void {
    if (this.#roomWaiter === undefined) return;
    this.#want(this.#wanted & ~Ready.OUT);
    this.#roomWaiter();
    this.#roomWaiter = undefined;
  }
}
