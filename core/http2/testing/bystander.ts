import assert from "node:assert/strict";
import type { Http2ClientSession } from "../api.ts";
import { Call, requestFields } from "./call.ts";

const GREETING = new TextEncoder().encode("still here?");
const FIELDS = Object.freeze([...requestFields("/bystander", "POST")]);

/** A good client that calls an echo server over and over while others misbehave. */
export class Bystander implements AsyncDisposable {
  readonly #session: Http2ClientSession;
  readonly #loop: Promise<void>;
  #stopped = false;
  /** Calls answered so far. */
  calls = 0;

  private constructor(session: Http2ClientSession) {
    this.#session = session;
    this.#loop = this.#run();
    this.#loop.catch(() => {});
  }

  /** Starts, and resolves after the first good answer. */
  static async start(session: Http2ClientSession): Promise<Bystander> {
    const bystander = new Bystander(session);
    await bystander.call();
    return bystander;
  }

  /** One call. @throws when the answer is not the right one */
  async call(): Promise<void> {
    const call = new Call(this.#session, { fields: FIELDS, body: GREETING });
    assert.equal(await call.over, null);
    assert.equal(call.text, "still here?");
    this.calls++;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await this.#loop;
    await this.call();
    await this.#session.drain();
  }

  async #run(): Promise<void> {
    // A turn of the event loop between calls leaves the machine to the attack.
    while (!this.#stopped) {
      await this.call();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}
