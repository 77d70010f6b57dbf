/**
 * A chunk that stays is kept as it is only if it fills at least this share of the buffer it lies
 * in; smaller ones are copied, so that what waits pins at most this many times its own size.
 */
const PIN_SHARE = 16;

/** The first and the largest block that small chunks are gathered in, in bytes. */
const FIRST_BLOCK = 512;
const LAST_BLOCK = 64 * 1024;

/**
 * Bytes that arrived and wait to be taken. What waits costs memory in proportion to its bytes,
 * however small the chunks were: {@linkcode ChunkQueue.settle} gathers small ones in blocks. What
 * is taken before that is never copied.
 */
export class ChunkQueue {
  /** Bytes that wait. */
  length = 0;
  /** Bytes of {@linkcode ChunkQueue.first} that were taken. */
  offset = 0;
  /** Chunks in order; those before `#head` are used up. */
  #list: Uint8Array[] = [];
  #head = 0;
  /** After the list: a block being filled with small chunks. */
  #tail: Uint8Array | null = null;
  #filled = 0;
  /** After the block: the chunk that came last, until it is settled. */
  #fresh: Uint8Array | null = null;
  /** The last of the list is a fresh chunk that was begun but not settled. */
  #begun = false;

  /** Adds a chunk, which must not change any more. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.settle();
    this.#fresh = chunk;
    this.length += chunk.length;
  }

  /** The first chunk that waits; its bytes from {@linkcode ChunkQueue.offset} on are not taken yet. */
  first(): Uint8Array {
    if (this.#head === this.#list.length) {
      if (this.#filled > 0) this.#seal();
      else {
        this.#list.push(this.#fresh!);
        this.#fresh = null;
        this.#begun = true;
      }
    }
    return this.#list[this.#head];
  }

  /** Takes `count` bytes of {@linkcode ChunkQueue.first}. */
  skip(count: number): void {
    this.length -= count;
    this.offset += count;
    if (this.offset < this.#list[this.#head].length) return;
    this.offset = 0;
    this.#head++;
    if (this.#head === this.#list.length) {
      this.#list.length = 0;
      this.#head = 0;
      this.#begun = false;
      if (this.length === 0) this.#tail = null;
    } else if (this.#head >= 64 && this.#head * 2 >= this.#list.length) {
      // Shifting each time would be quadratic; now and then is not.
      this.#list.splice(0, this.#head);
      this.#head = 0;
    }
  }

  /** Call when what was pushed is not taken at once: copies it if it pins a much bigger buffer. */
  settle(): void {
    let chunk = this.#fresh;
    if (chunk !== null) {
      this.#fresh = null;
    } else if (this.#begun) {
      this.#begun = false;
      chunk = this.#list.pop()!;
      if (this.#list.length === this.#head) {
        chunk = chunk.subarray(this.offset);
        this.offset = 0;
      }
    } else {
      return;
    }
    if (chunk.length * PIN_SHARE >= chunk.buffer.byteLength) {
      if (this.#filled > 0) this.#seal();
      this.#list.push(chunk);
    } else {
      this.#gather(chunk);
    }
  }

  /** Drops everything. */
  clear(): void {
    this.length = 0;
    this.offset = 0;
    this.#list.length = 0;
    this.#head = 0;
    this.#tail = null;
    this.#filled = 0;
    this.#fresh = null;
    this.#begun = false;
  }

  /** Moves the filled part of the block into the list; the rest of it goes on as the block. */
  #seal(): void {
    const block = this.#tail!;
    this.#list.push(block.subarray(0, this.#filled));
    this.#tail = this.#filled < block.length ? block.subarray(this.#filled) : null;
    this.#filled = 0;
  }

  #gather(chunk: Uint8Array): void {
    if (this.#tail !== null && chunk.length > this.#tail.length - this.#filled) {
      const fits = this.#tail.length - this.#filled;
      this.#tail.set(chunk.subarray(0, fits), this.#filled);
      this.#filled += fits;
      chunk = chunk.subarray(fits);
      const next = Math.min(LAST_BLOCK, this.#tail.buffer.byteLength * 2);
      this.#seal();
      this.#tail = new Uint8Array(Math.max(next, chunk.length));
    }
    this.#tail ??= new Uint8Array(Math.max(FIRST_BLOCK, chunk.length));
    this.#tail.set(chunk, this.#filled);
    this.#filled += chunk.length;
  }
}
