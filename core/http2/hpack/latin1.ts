/**
 * The longest string built in one piece by `String.fromCharCode`. Above it
 * `TextDecoder`, whose call costs about 150 ns, is the faster way for ASCII.
 */
const SHORT = 32;

/** Arguments of one `String.fromCharCode` call: far below the engine's limit. */
const CHUNK = 1024;

const ascii = new TextDecoder();

/** The octets of `bytes` from `start` to `end` as a string of one character per octet. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= SHORT) return short(bytes, start, end);
  let all = 0;
  for (let i = start; i < end; i++) all |= bytes[i];
  // The label "latin1" means windows-1252 to TextDecoder, so only ASCII can go there.
  if (all < 0x80) return ascii.decode(bytes.subarray(start, end));
  let text = "";
  for (let i = start; i < end; i += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(i, Math.min(i + CHUNK, end)));
  }
  return text;
}

function short(b: Uint8Array, i: number, end: number): string {
  const make = String.fromCharCode;
  let text = "";
  for (; i + 8 <= end; i += 8) {
    text += make(b[i], b[i + 1], b[i + 2], b[i + 3], b[i + 4], b[i + 5], b[i + 6], b[i + 7]);
  }
  switch (end - i) {
    case 0:
      return text;
    case 1:
      return text + make(b[i]);
    case 2:
      return text + make(b[i], b[i + 1]);
    case 3:
      return text + make(b[i], b[i + 1], b[i + 2]);
    case 4:
      return text + make(b[i], b[i + 1], b[i + 2], b[i + 3]);
    case 5:
      return text + make(b[i], b[i + 1], b[i + 2], b[i + 3], b[i + 4]);
    case 6:
      return text + make(b[i], b[i + 1], b[i + 2], b[i + 3], b[i + 4], b[i + 5]);
    default:
      return text + make(b[i], b[i + 1], b[i + 2], b[i + 3], b[i + 4], b[i + 5], b[i + 6]);
  }
}
