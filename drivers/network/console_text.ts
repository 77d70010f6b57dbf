/** Characters that one call may take as arguments, well below every engine's limit. */
const PIECE = 8192;

/** Bytes as text of which each character is one byte, U+0000 to U+00FF. */
export function bytesToBinary(bytes: Uint8Array): string {
  if (bytes.length <= PIECE) return String.fromCharCode.apply(null, bytes as unknown as number[]);
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE) {
    text += bytesToBinary(bytes.subarray(at, at + PIECE));
  }
  return text;
}

/** The reverse of {@linkcode bytesToBinary}. */
export function binaryToBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** UTF-8 sequences as RFC 3629 §4 allows them, in text of bytes. */
const SEQUENCE =
  // deno-lint-ignore no-control-regex -- the bytes themselves are meant
  /[\x00-\x7f]+|[\xc2-\xdf][\x80-\xbf]|(?:\xe0[\xa0-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]|\xed[\x80-\x9f])[\x80-\xbf]|(?:\xf0[\x90-\xbf]|[\xf1-\xf3][\x80-\xbf]|\xf4[\x80-\x8f])[\x80-\xbf]{2}|[\x80-\xff]/g;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * UTF-8 as text from which every byte can be told again: a byte that belongs to no character becomes U+DC00 plus its
 * value (Python's `surrogateescape`), which no valid text contains.
 */
export function decodeExactly(bytes: Uint8Array): string {
  const binary = bytesToBinary(bytes);
  // deno-lint-ignore no-control-regex -- a byte of ASCII
  if (/^[\x00-\x7f]*$/.test(binary)) return binary;
  return binary.replace(SEQUENCE, (part) => {
    if (part.charCodeAt(0) < 0x80) return part;
    if (part.length === 1) return String.fromCharCode(0xdc00 + part.charCodeAt(0));
    return decoder.decode(binaryToBytes(part));
  });
}

/** How many bytes text of {@linkcode decodeExactly} stands for. */
export function exactLength(text: string): number {
  let length = 0;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code < 0x80 || (code >= 0xdc80 && code <= 0xdcff)) length += 1;
    else if (code < 0x800) length += 2;
    else length += code < 0x10000 ? 3 : 4;
  }
  return length;
}

/** UTF-8 as text for a person: what is no character becomes U+FFFD. */
export function decodeText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
