/**
 * The most that `grpc-message` takes on the wire, in octets. Peers refuse header sections above
 * 8 to 16 KiB and then lose the real status code, so the message stays well below.
 */
export const MAX_GRPC_MESSAGE_BYTES = 4096;

/** What needs no escape: printable ASCII but for "%" (gRPC over HTTP/2, "Percent-Byte-Unencoded"). */
const PLAIN = /^[\x20-\x24\x26-\x7e]*$/;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Percent-encodes a status message (UTF-8), cut so that the result has at most
 * {@linkcode MAX_GRPC_MESSAGE_BYTES} octets and ends with a whole character.
 */
export function encodeGrpcMessage(message: string): string {
  if (message.length <= MAX_GRPC_MESSAGE_BYTES && PLAIN.test(message)) return message;
  let encoded = "";
  let scratch: Uint8Array | undefined;
  for (const character of message) {
    const code = character.codePointAt(0)!;
    let unit = character;
    if (code < 0x20 || code > 0x7e || code === 0x25) {
      scratch ??= new Uint8Array(4);
      const { written } = encoder.encodeInto(character, scratch);
      unit = "";
      for (let i = 0; i < written; i++) {
        unit += (scratch[i] < 16 ? "%0" : "%") + scratch[i].toString(16).toUpperCase();
      }
    }
    if (encoded.length + unit.length > MAX_GRPC_MESSAGE_BYTES) break;
    encoded += unit;
  }
  return encoded;
}

/**
 * Decodes a received `grpc-message`. As the protocol demands, nothing is an error: broken escapes
 * stay as they are, broken UTF-8 becomes U+FFFD. Octets above 0x7E (one character each) are read
 * as UTF-8 too, since some peers forget to escape them.
 */
export function decodeGrpcMessage(encoded: string): string {
  if (PLAIN.test(encoded)) return encoded;
  const bytes = new Uint8Array(encoded.length);
  let length = 0;
  for (let i = 0; i < encoded.length; i++) {
    const hex = encoded.charCodeAt(i) === 0x25 ? encoded.slice(i + 1, i + 3) : "";
    if (/^[0-9A-Fa-f]{2}$/.test(hex)) {
      bytes[length++] = parseInt(hex, 16);
      i += 2;
    } else {
      bytes[length++] = encoded.charCodeAt(i);
    }
  }
  return decoder.decode(bytes.subarray(0, length));
}
