import { Code, ConnectError } from "@connectrpc/connect";
import { PREFIX_LENGTH, tooLarge } from "../protocol/deframer.ts";
import { worked } from "../protocol/work_budget.ts";
import type { AnyInit, InvokeServerStream, InvokeUnary } from "./method.ts";
import { MethodCall } from "./method_call.ts";

/** A unary or server-streaming call: the handler starts when its one request and half-close are there. */
export class SingleRequestCall extends MethodCall {
  #message: Uint8Array | null = null;
  #halfClosed = false;
  #gate: Promise<void> | undefined;

  protected override begin(): void {
    const waiting = this.settings.requestGate?.(this.context);
    if (waiting === undefined) return;
    this.#gate = waiting;
    waiting.then(() => {
      this.#gate = undefined;
      this.#read();
    }, (error) => this.fail(error));
  }

  protected override received(data: Uint8Array): void {
    // Nearly always the message comes whole and alone in one piece of payload.
    if (
      this.#message === null && this.#gate === undefined && data.length >= PREFIX_LENGTH &&
      data[0] === 0 && !this.reader.pending &&
      data.length - PREFIX_LENGTH === data[1] * 0x1000000 + (data[2] << 16 | data[3] << 8 | data[4])
    ) {
      const length = data.length - PREFIX_LENGTH;
      const { maxReceiveBytes } = this.settings;
      if (length > maxReceiveBytes) throw tooLarge(length, maxReceiveBytes);
      this.stream.consume(data.length);
      this.#message = data.subarray(PREFIX_LENGTH);
      return;
    }
    this.reader.push(data);
    this.#read();
  }

  protected override halfClosed(): void {
    this.#halfClosed = true;
    this.reader.end();
    this.#read();
  }

  /** Takes the message out of the reader; starts the handler when all is there. */
  #read(): void {
    if (this.#gate !== undefined || !this.isOpen) return;
    try {
      const next = this.reader.poll();
      if (next instanceof Uint8Array) {
        if (this.#message !== null) throw violation("received more than one request message");
        this.#message = next;
        if (this.reader.pending) return this.#read();
      }
      if (!this.#halfClosed) return;
      // Everything is there, but the event loop is to turn first.
      if (next === undefined) return this.reader.whenReadable(() => this.#read());
      if (this.#message === null) throw violation("received no request message");
      worked();
      this.#start(this.#message);
    } catch (error) {
      this.fail(error);
    }
  }

  #start(message: Uint8Array): void {
    const request = this.codecs.input.parse(message);
    if (this.method.kind === "unary") {
      this.respond((this.method.invoke as InvokeUnary)(request, this.context) as AnyInit);
    } else {
      this.respondWithStream((this.method.invoke as InvokeServerStream)(request, this.context));
    }
  }
}

/** As Connect's servers answer clients that mistake the kind of a method. */
function violation(what: string): ConnectError {
  return new ConnectError(`protocol error: ${what}`, Code.Unimplemented);
}
