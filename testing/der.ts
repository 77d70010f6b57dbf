/**
 * The few shapes of ASN.1 DER (ITU-T X.690) that certificates are made of. Each function returns one
 * encoded value; contents are encoded values themselves.
 */

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A value with the tag octet `tag`. */
export function derValue(tag: number, ...contents: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const body = concat(contents);
  const length: number[] = [];
  if (body.length < 0x80) {
    length.push(body.length);
  } else {
    for (let rest = body.length; rest > 0; rest = Math.floor(rest / 256)) {
      length.unshift(rest % 256);
    }
    length.unshift(0x80 | length.length);
  }
  return concat([Uint8Array.of(tag, ...length), body]);
}

/** SEQUENCE. */
export function derSequence(...contents: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return derValue(0x30, ...contents);
}

/** SET with the given members, which must be in order already. */
export function derSet(...contents: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return derValue(0x31, ...contents);
}

/** BOOLEAN true. */
export function derTrue(): Uint8Array<ArrayBuffer> {
  return derValue(0x01, Uint8Array.of(0xff));
}

/** INTEGER from the octets of a number that is not negative, the highest first. */
export function derInteger(magnitude: Uint8Array): Uint8Array<ArrayBuffer> {
  let start = 0;
  while (start < magnitude.length - 1 && magnitude[start] === 0) start++;
  const body = magnitude.subarray(start);
  return body[0] >= 0x80 ? derValue(0x02, Uint8Array.of(0), body) : derValue(0x02, body);
}

/** BIT STRING of whole octets. */
export function derBits(octets: Uint8Array): Uint8Array<ArrayBuffer> {
  return derValue(0x03, Uint8Array.of(0), octets);
}

/** BIT STRING that names flags: the bits of `flags` (at most 8), the first being the highest of the octet. */
export function derFlags(flags: number): Uint8Array<ArrayBuffer> {
  let unused = 0;
  while (unused < 7 && (flags & (1 << unused)) === 0) unused++;
  return derValue(0x03, Uint8Array.of(unused, flags));
}

/** OCTET STRING. */
export function derOctets(...contents: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return derValue(0x04, ...contents);
}

/** UTF8String. */
export function derText(text: string): Uint8Array<ArrayBuffer> {
  return derValue(0x0c, new TextEncoder().encode(text));
}

/** UTCTime up to 2049, GeneralizedTime from then on, as RFC 5280 §4.1.2.5 asks; to the second. */
export function derTime(date: Date): Uint8Array<ArrayBuffer> {
  const digits = date.toISOString().replace(/\.\d+/, "").replaceAll(/[-:T]/g, "");
  const ascii = (text: string) => new TextEncoder().encode(text);
  return date.getUTCFullYear() < 2050
    ? derValue(0x17, ascii(digits.slice(2)))
    : derValue(0x18, ascii(digits));
}

/** OBJECT IDENTIFIER from its dotted form. */
export function derOid(dotted: string): Uint8Array<ArrayBuffer> {
  const [first, second, ...rest] = dotted.split(".").map(Number);
  const octets = [first * 40 + second];
  for (const arc of rest) {
    const digits = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) digits.unshift(0x80 | (left & 0x7f));
    octets.push(...digits);
  }
  return derValue(0x06, Uint8Array.from(octets));
}
