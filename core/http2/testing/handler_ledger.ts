import assert from "node:assert/strict";
import type { StreamHandler } from "../api.ts";
import type { Http2Error } from "../errors.ts";
import type { FieldList } from "../fields.ts";

/** Holds what the library promises to each {@linkcode StreamHandler}: the order of calls, and `onClose` once and last. */
export class HandlerLedger {
  /** Handlers whose `onClose` has not come. */
  open = 0;
  readonly #breaches: string[] = [];

  /** The same handler, watched. */
  watch(handler: StreamHandler, label: string): StreamHandler {
    this.open++;
    const breach = (what: string) => void this.#breaches.push(`${label}: ${what}`);
    let headers = false, ended = false, closed = false;
    const during = (name: string) => {
      if (closed) breach(`${name} after onClose`);
    };
    const receiving = (name: string, endStream: boolean) => {
      during(name);
      if (ended) breach(`${name} after the end`);
      ended ||= endStream;
    };
    const watched: StreamHandler = {
      onInformational: (fields: FieldList) => {
        receiving("onInformational", false);
        if (headers) breach("onInformational after onHeaders");
        handler.onInformational?.(fields);
      },
      onHeaders: (fields: FieldList, endStream: boolean) => {
        receiving("onHeaders", endStream);
        if (headers) breach("onHeaders twice");
        headers = true;
        handler.onHeaders?.(fields, endStream);
      },
      onData: (data: Uint8Array, endStream: boolean) => {
        receiving("onData", endStream);
        if (data.length === 0 && !endStream) breach("onData with nothing");
        handler.onData(data, endStream);
      },
      onWritable: () => {
        during("onWritable");
        handler.onWritable?.();
      },
      onClose: (error: Http2Error | null) => {
        during("onClose");
        if (!closed) this.open--;
        closed = true;
        handler.onClose(error);
      },
    };
    if (handler.onTrailers !== undefined) {
      watched.onTrailers = (fields: FieldList) => {
        receiving("onTrailers", true);
        handler.onTrailers!(fields);
      };
    }
    return watched;
  }

  /** After all sessions have closed. @throws when a promise was broken */
  assertSettled(): void {
    assert.deepEqual(this.#breaches, []);
    assert.equal(this.open, 0, `${this.open} streams never got onClose`);
  }
}
