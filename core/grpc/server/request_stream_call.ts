import type { InvokeBidi, InvokeClientStream } from "./method.ts";
import { MethodCall } from "./method_call.ts";
import { RequestMessages } from "./request_messages.ts";

/** A client-streaming or bidi call: the handler starts at once and asks for the requests. */
export class RequestStreamCall extends MethodCall {
  protected override begin(): void {
    const waiting = this.settings.requestGate?.(this.context);
    if (waiting === undefined) return this.#start();
    waiting.then(() => this.#start(), (error) => this.fail(error));
  }

  protected override received(data: Uint8Array): void {
    this.reader.push(data);
  }

  protected override halfClosed(): void {
    this.reader.end();
  }

  #start(): void {
    if (!this.isOpen) return;
    try {
      const requests = new RequestMessages(this.reader, this.codecs.input);
      if (this.method.kind === "client_streaming") {
        this.respond((this.method.invoke as InvokeClientStream)(requests, this.context));
      } else {
        this.respondWithStream((this.method.invoke as InvokeBidi)(requests, this.context));
      }
    } catch (error) {
      this.fail(error);
    }
  }
}
