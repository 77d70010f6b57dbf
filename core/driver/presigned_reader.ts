/** What {@linkcode ConnReader} reads from. */
export interface ByteSource {
  /** Reads into `p`; resolves to the count of bytes read, or `null` at the end. */
  read(p: Uint8Array): Promise<number | null>;
}

/** Bytes allocated at a time and handed out in pieces: several reads share one allocation. */
const SLAB_BYTES = 1024 * 1024;

/** The least room that a read is offered. */
const READ_BYTES = 64 * 1024;

/** The longest line of a response's head (as of nghttpx and Apache's common settings, rounded up). */
const MAX_LINE_BYTES = 64 * 1024;

/** Reads lines and bytes by turns. What it hands out is never overwritten. */
export class ConnReader {
  readonly #source: ByteSource;
  #slab: Uint8Array<ArrayBuffer> = new Uint8Array(READ_BYTES);
  #start = 0;
  #end = 0;

  /** Reads from `source`, which nobody else reads meanwhile. */
  constructor(source: ByteSource) {
    this.#source = source;
  }

  /**
   * The next bytes, at least one; `null` at the end.
   *
   * @param max the most bytes to return
   */
  async some(max: number): Promise<Uint8Array | null> {
    if (this.#start === this.#end && !await this.#fill()) return null;
    const end = Math.min(this.#end, this.#start + max);
    const bytes = this.#slab.subarray(this.#start, end);
    this.#start = end;
    return bytes;
  }

  /**
   * The next line, without its end, each byte one character.
   *
   * @throws {Deno.errors.UnexpectedEof} if there is no whole line
   * @throws {Deno.errors.InvalidData} if it is longer than 64 KiB
   */
  async line(): Promise<string> {
    let searched = this.#start;
    for (;;) {
      const at = this.#slab.subarray(0, this.#end).indexOf(0x0a, searched);
      if (at >= 0) {
        const end = at > this.#start && this.#slab[at - 1] === 0x0d ? at - 1 : at;
        let line = "";
        for (let i = this.#start; i < end; i++) line += String.fromCharCode(this.#slab[i]);
        this.#start = at + 1;
        return line;
      }
      if (this.#end - this.#start > MAX_LINE_BYTES) {
        throw new Deno.errors.InvalidData("A line of the response is too long");
      }
      const seen = this.#end - this.#start;
      if (!await this.#fill()) {
        throw new Deno.errors.UnexpectedEof("The server closed the connection");
      }
      searched = this.#start + seen;
    }
  }

  /** Reads more behind what is there; `false` at the end. */
  async #fill(): Promise<boolean> {
    if (this.#slab.length - this.#end < READ_BYTES) {
      const rest = this.#slab.subarray(this.#start, this.#end);
      this.#slab = new Uint8Array(SLAB_BYTES);
      this.#slab.set(rest);
      this.#start = 0;
      this.#end = rest.length;
    }
    const count = await this.#source.read(this.#slab.subarray(this.#end));
    if (count === null) return false;
    this.#end += count;
    return true;
  }
}
