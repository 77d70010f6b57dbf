import type { RawClientCall } from "../grpc/mod.ts";
import {
  decodeFrame,
  type Duplex,
  type Frame,
  FrameType,
  type MessageStream,
  routerStream,
} from "../stream/mod.ts";
import { DeviceError, type FailurePlace } from "./device_error.ts";
import type { ByteStream } from "./driver_node.ts";

/** Path of the calls that carry byte streams. */
export const STREAM_PATH = "/jumpstarter.v1.RouterService/Stream";

/**
 * How long the exporter may take to end a call both of whose directions have ended, in ms. Upstream's never does
 * (core-spec §13.2); ours does when the device has taken the last byte.
 */
const END_GRACE_MS = 250;

/**
 * The byte stream that a client's call carries. The call ends when both directions have: by the exporter, or cancelled
 * after a while.
 *
 * @param place where it is said to have failed, if it does: both directions fail with a {@linkcode DeviceError}
 */
export function clientStream(call: RawClientCall, place?: FailurePlace): ByteStream {
  const ending = new CallEnd(call, place);
  const duplex: Duplex = routerStream(ending);
  return {
    readable: duplex.readable,
    writable: duplex.writable,
    [Symbol.asyncDispose]: () => ending.finish(),
  };
}

/** A call that sees when both of its directions have ended, and ends then. */
class CallEnd implements MessageStream {
  readonly #call: RawClientCall;
  readonly #place: FailurePlace | undefined;
  readonly #frame: Frame = { type: FrameType.DATA, payload: new Uint8Array(0) };
  #sent = false;
  #received = false;
  #finished: Promise<void> | undefined;

  constructor(call: RawClientCall, place: FailurePlace | undefined) {
    this.#call = call;
    this.#place = place;
  }

  receive(): Promise<Uint8Array | null> {
    return this.#call.receive().then((message) => {
      if (message === null || this.#isEnd(message)) {
        this.#received = true;
        if (this.#sent) void this.finish();
      }
      return message;
    }, (error) => {
      throw DeviceError.of(error, this.#place);
    });
  }

  send(head: Uint8Array, body?: Uint8Array | null): Promise<void> | undefined {
    return this.#call.send(head, body);
  }

  closeSend(): void {
    this.#call.closeSend();
    this.#sent = true;
    if (this.#received) void this.finish();
  }

  cancel(reason?: unknown): void {
    this.#call.cancel(reason);
  }

  /** Ends the call: at once, unless both directions have ended and the exporter may do it itself. */
  finish(): Promise<void> {
    return this.#finished ??= this.#finish();
  }

  async #finish(): Promise<void> {
    if (this.#sent && this.#received) {
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, END_GRACE_MS);
      await Promise.race([this.#call.closed, late.promise]);
      clearTimeout(timer);
    }
    this.#call.cancel();
    await this.#call.closed;
  }

  #isEnd(message: Uint8Array): boolean {
    try {
      decodeFrame(message, this.#frame);
      return this.#frame.type === FrameType.GOAWAY;
    } catch {
      return false; // The stream itself will say what is wrong with it.
    }
  }
}
