import { REMEMBERED_ENDS, REMEMBERED_RESETS } from "./limits.ts";
import type { ClosedBy } from "./stream_state.ts";

/** Remembers how recent streams came to their end, because RFC 9113 §5.1 treats late frames by that. */
export class ClosedStreams {
  #resets = new Set<number>();
  #ends = new Map<number, ClosedBy>();

  /** Remembers stream `id`, and forgets the oldest over the limit. */
  add(id: number, by: ClosedBy): void {
    if (by === "local reset") {
      this.#resets.add(id);
      if (this.#resets.size > REMEMBERED_RESETS) deleteOldest(this.#resets);
    } else {
      this.#ends.set(id, by);
      if (this.#ends.size > REMEMBERED_ENDS) deleteOldest(this.#ends);
    }
  }

  /** How stream `id` ended, `undefined` when that is forgotten. */
  closedBy(id: number): ClosedBy | undefined {
    return this.#resets.has(id) ? "local reset" : this.#ends.get(id);
  }
}

function deleteOldest(from: Set<number> | Map<number, unknown>): void {
  const oldest = from.keys().next();
  if (!oldest.done) from.delete(oldest.value);
}
