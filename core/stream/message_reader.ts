/** Wire types of protobuf (encoding guide, "Message structure"). */
export const WireType = {
  Varint: 0,
  Fixed64: 1,
  LengthDelimited: 2,
  StartGroup: 3,
  EndGroup: 4,
  Fixed32: 5,
} as const;

/** How deep groups may be nested: what protobuf libraries allow, 100 with the message itself. */
const MAX_GROUP_DEPTH = 99;

/** Walks over the fields of one protobuf message without decoding what nobody asks for. */
export class MessageReader {
  readonly #message: Uint8Array;
  #at = 0;

  /** Starts at the first field of `message`. */
  constructor(message: Uint8Array) {
    this.#message = message;
  }

  /** Whether all bytes have been read. */
  get done(): boolean {
    return this.#at >= this.#message.length;
  }

  /** The next field's tag: its number, three bits to the left, and its wire type. */
  tag(): number {
    const start = this.#at;
    const tag = this.varint32();
    const length = this.#at - start;
    if (length > 5 || (length === 5 && this.#message[this.#at - 1] > 0x0f)) {
      throw new Error(`tag does not fit 32 bits: offset is ${start}`);
    }
    if (tag >>> 3 === 0 || (tag & 7) > WireType.Fixed32) {
      throw new Error(`no such field or wire type: tag at offset ${start} is ${tag}`);
    }
    return tag;
  }

  /** A varint's low 32 bits, unsigned; up to 10 bytes are read. */
  varint32(): number {
    const start = this.#at;
    let value = 0;
    for (let i = 0; i < 10; i++) {
      const byte = this.#message[this.#at++];
      if (byte === undefined) throw new Error(`varint is cut off: it starts at offset ${start}`);
      if (i < 5) value |= (byte & 0x7f) << 7 * i;
      if (byte < 0x80) return value >>> 0;
    }
    throw new Error(`varint is longer than 10 bytes: it starts at offset ${start}`);
  }

  /** A length and that many bytes, as a view. */
  bytes(): Uint8Array {
    const length = this.varint32();
    const start = this.#at;
    this.#advance(length);
    return this.#message.subarray(start, this.#at);
  }

  /** Goes past the value of a field whose tag was just read. */
  skip(tag: number, depth = MAX_GROUP_DEPTH): void {
    switch (tag & 7) {
      case WireType.Varint:
        while (this.#message[this.#at++] > 0x7f);
        this.#advance(0);
        return;
      case WireType.Fixed64:
        return this.#advance(8);
      case WireType.LengthDelimited:
        return this.#advance(this.varint32());
      case WireType.Fixed32:
        return this.#advance(4);
      case WireType.StartGroup:
        return this.#skipGroup(tag, depth);
      default:
        throw new Error(`group ends that did not begin: offset is ${this.#at}`);
    }
  }

  #skipGroup(start: number, depth: number): void {
    if (depth === 0) throw new Error(`groups are nested too deep: offset is ${this.#at}`);
    for (;;) {
      const tag = this.tag();
      if ((tag & 7) !== WireType.EndGroup) this.skip(tag, depth - 1);
      else if (tag >>> 3 === start >>> 3) return;
      else throw new Error(`group ends that did not begin: offset is ${this.#at}`);
    }
  }

  #advance(count: number): void {
    if (this.#at + count > this.#message.length) {
      throw new Error(`message is cut off: field goes to offset ${this.#at + count}`);
    }
    this.#at += count;
  }
}
