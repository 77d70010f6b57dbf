import { connectionError, ErrorCode } from "./errors.ts";
import { MAX_CONTINUATIONS, MIN_MAX_FRAME_SIZE } from "./limits.ts";

/** Puts a header block together from HEADERS and CONTINUATION frames (RFC 9113 §4.3), within limits (CVE-2024-27316). */
export class HeaderBlock {
  readonly #maxSize: number;
  readonly #maxContinuations: number;
  #bytes = new Uint8Array(0);
  #length = 0;
  #continuations = 0;
  /** The stream whose block is unfinished, 0 when none is: until its end no other frame may come. */
  streamId = 0;
  /** Whether the HEADERS frame had END_STREAM. */
  endStream = false;

  /** `maxSize`: octets of one block, compressed. */
  constructor(maxSize: number) {
    this.#maxSize = maxSize;
    this.#maxContinuations = Math.max(MAX_CONTINUATIONS, Math.ceil(maxSize / MIN_MAX_FRAME_SIZE));
  }

  /** The first fragment, of a HEADERS frame without END_HEADERS. */
  begin(streamId: number, endStream: boolean, fragment: Uint8Array): void {
    this.streamId = streamId;
    this.endStream = endStream;
    this.#length = 0;
    this.#continuations = 0;
    this.#append(fragment);
  }

  /** A further fragment, of a CONTINUATION frame. */
  add(fragment: Uint8Array): void {
    if (++this.#continuations > this.#maxContinuations) {
      throw connectionError(
        ErrorCode.ENHANCE_YOUR_CALM,
        `Header block in more than ${this.#maxContinuations} CONTINUATION frames`,
      );
    }
    this.#append(fragment);
  }

  /** The whole block, after the fragment with END_HEADERS. */
  finish(): Uint8Array {
    const block = this.#bytes.subarray(0, this.#length);
    this.#bytes = new Uint8Array(0);
    this.streamId = 0;
    return block;
  }

  #append(fragment: Uint8Array): void {
    const length = this.#length + fragment.length;
    if (length > this.#maxSize) {
      throw connectionError(
        ErrorCode.ENHANCE_YOUR_CALM,
        `Header block of more than ${this.#maxSize} octets`,
      );
    }
    if (length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(length, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(fragment, this.#length);
    this.#length = length;
  }
}
