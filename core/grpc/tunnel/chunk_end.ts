/**
 * The most payload put into one router frame, in bytes: one HTTP/2 DATA frame of the inner connection
 * (64 KiB and what stands before it), and still one DATA frame of the outer one.
 */
export const MOST_CHUNK_BYTES = 66_000;

const FRAME_HEADER_BYTES = 9;
const PREFACE_BYTES = 24;
/** The first octet of the client's preface, `PRI * HTTP/2.0` (RFC 9113 §3.4); no frame of that length is sent. */
const PREFACE_START = 0x50;

/**
 * Where to cut HTTP/2 that goes into router frames: after as many whole frames as fit, so that the
 * receiver finds them whole and need not put them together again. Bytes of other kinds are cut
 * somewhere.
 *
 * @param bytes written in one go; HTTP/2 writes whole frames
 * @param at where the chunk begins
 * @returns where it ends: `at` + 1 to {@linkcode MOST_CHUNK_BYTES}
 */
export function chunkEnd(bytes: Uint8Array, at: number): number {
  if (bytes.length - at <= MOST_CHUNK_BYTES) return bytes.length;
  const most = at + MOST_CHUNK_BYTES;
  let end = bytes[at] === PREFACE_START ? at + PREFACE_BYTES : at;
  for (;;) {
    const next = end + FRAME_HEADER_BYTES +
      (bytes[end] << 16 | bytes[end + 1] << 8 | bytes[end + 2]);
    if (next > most) return end > at ? end : most;
    end = next;
  }
}
