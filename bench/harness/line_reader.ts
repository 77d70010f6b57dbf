/** Reads a byte stream line by line, as UTF-8. */
export class LineReader {
  #reader: ReadableStreamDefaultReader<string>;
  #rest = "";

  /** Takes the stream over. */
  constructor(bytes: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = bytes.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The next line without its newline, or `null` at the end; an unfinished last line counts. */
  async next(): Promise<string | null> {
    while (true) {
      const end = this.#rest.indexOf("\n");
      if (end >= 0) {
        const line = this.#rest.slice(0, end);
        this.#rest = this.#rest.slice(end + 1);
        return line;
      }
      const { value, done } = await this.#reader.read();
      if (done) {
        const line = this.#rest;
        this.#rest = "";
        return line === "" ? null : line;
      }
      this.#rest += value;
    }
  }

  /** Gives the stream up. */
  async cancel(): Promise<void> {
    await this.#reader.cancel();
  }
}
