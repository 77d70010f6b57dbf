import type { Http2Stream } from "../../http2/mod.ts";
import { messageFormat } from "../protocol/content_type.ts";
import { mayWork, whenTurned, worked } from "../protocol/work_budget.ts";
import type { CallSettings } from "./call_settings.ts";
import { MethodContext } from "./handler_context.ts";
import type { AnyInit, Method, MethodCodecs } from "./method.ts";
import type { RequestHead } from "./request_head.ts";
import { ServerCall } from "./server_call.ts";

/** A call of a method that a descriptor describes: messages are decoded for its handler. */
export abstract class MethodCall extends ServerCall {
  readonly method: Method;
  readonly codecs: MethodCodecs;
  readonly context: MethodContext;
  /** The handler's output, when it is a stream. */
  #output: AsyncIterator<AnyInit> | undefined;

  /** A call of `method`. */
  constructor(stream: Http2Stream, head: RequestHead, settings: CallSettings, method: Method) {
    super(stream, head, settings);
    this.method = method;
    this.codecs = method.codecs(messageFormat(head.contentType)!);
    this.context = new MethodContext(this, method.desc);
  }

  /** Ends the call with the one message that the handler returned or promised. */
  protected respond(result: Promise<AnyInit> | AnyInit): void {
    if (typeof (result as Promise<AnyInit>).then === "function") {
      (result as Promise<AnyInit>).then(
        (message) => this.#respondNow(message),
        (error) => this.#failed(error),
      );
    } else {
      this.#respondNow(result as AnyInit);
    }
  }

  /** Sends what the handler yields, as fast as the client takes it; then ends the call. */
  protected async respondWithStream(messages: AsyncIterable<AnyInit>): Promise<void> {
    const { output } = this.codecs;
    try {
      const iterator = messages[Symbol.asyncIterator]();
      this.#output = iterator;
      for (;;) {
        const { done, value } = await iterator.next();
        if (!this.isOpen) return;
        if (done) break;
        if (!this.sendMessage(null, output.serialize(value))) await this.writable();
        worked();
        if (!mayWork()) await new Promise<void>(whenTurned);
        if (!this.isOpen) return;
      }
      this.#output = undefined;
      this.succeed();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** A handler that yields is told to stop: its `finally` blocks run. */
  protected override over(): void {
    const output = this.#output;
    if (output === undefined) return;
    this.#output = undefined;
    try {
      Promise.resolve(output.return?.()).catch((error) => this.report(error));
    } catch (error) {
      this.report(error);
    }
  }

  #respondNow(message: AnyInit): void {
    if (!this.isOpen) return;
    try {
      this.sendMessage(null, this.codecs.output.serialize(message));
      this.succeed();
    } catch (error) {
      this.fail(error);
    }
  }

  /** An error of a call that is over already is its consequence, as a rule; its caller is not there. */
  #failed(error: unknown): void {
    if (this.isOpen) this.fail(error);
  }
}
