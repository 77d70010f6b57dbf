/** Compressed bytes that cannot be decompressed: broken, cut off, or of another kind. */
export class EncodingError extends Error {
  override name = "EncodingError";

  /** Makes the error; `reason` says what is wrong with the `encoding` bytes. */
  constructor(encoding: string, reason: string, options?: ErrorOptions) {
    super(`Cannot decompress ${encoding}: ${reason}`, options);
  }
}

/** What is said of input that ends too early, in every encoding. */
export const CUT_OFF = "input ends too early";

/** What is said of input that goes on after its end, in every encoding. */
export const TRAILING_BYTES = "other bytes follow the compressed ones";
