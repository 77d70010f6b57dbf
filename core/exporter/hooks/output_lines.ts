/** Longest line that is kept together, in bytes; what comes after is another line. */
const MAX_LINE_BYTES = 64 * 1024;

/** Cuts a terminal's output into the lines that a person would see. */
export class OutputLines {
  readonly #decoder = new TextDecoder();
  readonly #onLine: (line: string) => void;
  #rest = "";

  /** Hands each line to `onLine`, without white space at its end; not the empty ones. */
  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** Takes some output. Bytes that are no UTF-8 become U+FFFD. */
  push(bytes: Uint8Array): void {
    this.#rest += this.#decoder.decode(bytes, { stream: true });
    for (let end; (end = this.#rest.indexOf("\n")) >= 0;) {
      this.#say(this.#rest.slice(0, end));
      this.#rest = this.#rest.slice(end + 1);
    }
    if (this.#rest.length > MAX_LINE_BYTES) this.#flush();
  }

  /** The end: what is left is a line. */
  end(): void {
    this.#rest += this.#decoder.decode();
    this.#flush();
  }

  #flush(): void {
    this.#say(this.#rest);
    this.#rest = "";
  }

  #say(text: string): void {
    // A progress bar writes over itself: what stands there at the end is the line.
    const line = text.trimEnd().split("\r").at(-1)!;
    if (line !== "") this.#onLine(line);
  }
}
