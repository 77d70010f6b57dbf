import { Flag, FrameType } from "../frames.ts";
import { HpackEncoder } from "../hpack/mod.ts";
import {
  dataFrame,
  frame,
  goawayFrame,
  headersFrame,
  join,
  literalBlock,
  pingFrame,
  priorityFrame,
  resetFrame,
  SETTINGS_ACK,
  settingsFrame,
  splitHeaders,
  windowUpdateFrame,
} from "./frame_bytes.ts";
import { requestFields } from "./call.ts";
import type { Random } from "./seed.ts";

const INTERESTING = [0, 1, 2, 3, 4, 5, 8, 255, 256, 16_383, 16_384, 65_535, 65_536, 0x7fffffff];
const TRAILERS = [["x-trailer", "1"]] as const;

/** Makes up what a peer sends: mostly sensible frames in a mostly sensible order, some of them spoilt. */
export class FrameMill {
  readonly #random: Random;
  readonly #role: "client" | "server";
  readonly #encoder = new HpackEncoder();
  #nextId = 1;
  readonly #spoilOneIn: number;

  /** For a peer of `role`. One frame in `spoilOneIn` is spoilt. */
  constructor(random: Random, role: "client" | "server", spoilOneIn: number) {
    this.#random = random;
    this.#role = role;
    this.#spoilOneIn = spoilOneIn;
  }

  /** So many frames, one after the other. */
  frames(count: number): Uint8Array {
    const parts: Uint8Array[] = [];
    for (let i = 0; i < count; i++) {
      const made = this.#make();
      parts.push(this.#random.oneIn(this.#spoilOneIn) ? this.#spoil(made) : made);
    }
    return join(...parts);
  }

  #number(): number {
    return this.#random.oneIn(3) ? this.#random.bits() : this.#random.pick(INTERESTING);
  }

  /** A stream that probably exists. */
  #id(): number {
    if (this.#random.oneIn(40)) return this.#random.bits() & 0x7fffffff;
    return 2 * this.#random.below(Math.max(1, this.#nextId / 2 + 1)) + 1 -
      (this.#random.oneIn(30) ? 1 : 0);
  }

  #make(): Uint8Array {
    const random = this.#random;
    const end = random.oneIn(3);
    switch (random.below(14)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return this.#section(end);
      case 4:
      case 5:
      case 6: {
        const size = random.oneIn(5) ? random.below(16_384) : random.below(50);
        return dataFrame(this.#id(), new Uint8Array(size), end, random.below(8) - 5);
      }
      case 7:
        return resetFrame(this.#id(), random.below(16));
      case 8:
        return windowUpdateFrame(
          random.oneIn(3) ? 0 : this.#id(),
          random.oneIn(10) ? this.#number() : 1 + random.below(100_000),
        );
      case 9:
        return random.oneIn(2) ? SETTINGS_ACK : this.#settings();
      case 10:
        return pingFrame(random.octets(8), random.below(2));
      case 11:
        return priorityFrame(this.#id(), this.#id(), random.below(256));
      case 12:
        return headersFrame(this.#id(), TRAILERS, random.below(5) > 0);
      default:
        if (random.oneIn(60)) return goawayFrame(this.#id(), random.below(3), "bye");
        return frame(10 + random.below(246), random.bits() & 255, this.#id(), random.octets(9));
    }
  }

  #settings(): Uint8Array {
    const random = this.#random;
    const choices: (readonly [number, number])[] = [
      [1, random.pick([0, 100, 4096, 65_536])],
      [3, 1 + random.below(200)],
      [4, random.below(200_000)],
      [5, 16_384 + random.below(50_000)],
      [6, 1_000 + random.below(100_000)],
      [random.bits() & 0xffff, random.oneIn(9) ? this.#number() : 0],
    ];
    return settingsFrame(...choices.filter(() => random.oneIn(3)));
  }

  /** A request's or response's header section, in one frame or several. */
  #section(end: boolean): Uint8Array {
    const random = this.#random;
    const id = this.#role === "client" && !random.oneIn(20) ? this.#nextId : this.#id();
    if (id === this.#nextId) this.#nextId += 2;
    const first = this.#role === "client"
      ? requestFields(`/${random.below(9)}`, random.pick(["GET", "POST", "HEAD"]))
      : [[":status", random.pick(["200", "200", "200", "404", "100", "304"])] as const];
    const fields = [
      ...first,
      ["x-field", "v".repeat(random.below(random.oneIn(20) ? 20_000 : 30))] as const,
      ...(random.oneIn(10) ? [["content-length", `${random.below(20)}`] as const] : []),
    ];
    const block = random.oneIn(2) ? this.#encoder.encode(fields) : literalBlock(fields);
    if (!random.oneIn(6) && block.length <= 16_384) return headersFrame(id, block, end);
    return splitHeaders(id, block, end, [random.below(100), random.below(16_384)]);
  }

  #spoil(bytes: Uint8Array): Uint8Array {
    const random = this.#random;
    const spoilt = bytes.slice();
    switch (random.below(6)) {
      case 0: // any octet
        spoilt[random.below(spoilt.length)] ^= 1 << random.below(8);
        return spoilt;
      case 1: // the type
        spoilt[3] = random.below(12);
        return spoilt;
      case 2: // the flags
        spoilt[4] = random.pick([0, 1, 4, 5, 8, Flag.PADDED | 5, Flag.PRIORITY | 5, 255]);
        return spoilt;
      case 3: // the length
        spoilt[2] ^= 1 << random.below(4);
        return spoilt;
      case 4: // the end
        return spoilt.subarray(0, random.below(spoilt.length));
      default: // noise between frames
        return join(spoilt, frame(FrameType.DATA, 0, 0, random.octets(random.below(20))));
    }
  }
}
