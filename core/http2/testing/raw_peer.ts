import type { ByteConn } from "../byte_conn.ts";
import {
  CLIENT_PREFACE,
  Flag,
  FRAME_HEADER_SIZE,
  FrameType,
  getUint31,
  getUint32,
} from "../frames.ts";
import { clientHello, join, pingFrame, SETTINGS_ACK, settingsFrame } from "./frame_bytes.ts";
import { connectTcp } from "./tcp_pair.ts";

/** A frame as it came. */
export interface RawFrame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Uint8Array;
}

/** What GOAWAY said. */
export interface Goaway {
  readonly lastStreamId: number;
  readonly code: number;
  readonly debug: string;
}

type Pairs = readonly (readonly [number, number])[];

/** A peer that sends whatever octets a test wants, and takes the frames that come back apart. */
export class RawPeer implements AsyncDisposable {
  /** Frames of these types are counted in {@linkcode RawPeer.seen} and not kept. */
  readonly forgotten = new Set<number>();
  /** Count of all frames by type. */
  readonly seen: number[] = new Array(256).fill(0);
  /** Octets of DATA payload received. */
  dataOctets = 0;
  /** Whether GOAWAY has come. */
  goneAway = false;
  /** Resolves when the other side has closed the connection. */
  ended: Promise<void> = Promise.resolve();

  readonly #conn: ByteConn;
  #frames: RawFrame[] = [];
  #waiters: (() => void)[] = [];
  #over = false;
  #prefaceLeft: number;

  /** Speaks on `conn`. `reading: false` leaves what comes in the socket. */
  constructor(conn: ByteConn, options: { reading?: boolean; expectPreface?: boolean } = {}) {
    this.#conn = conn;
    this.#prefaceLeft = options.expectPreface ? CLIENT_PREFACE.length : 0;
    if (options.reading !== false) this.startReading();
  }

  /** Reads from now on, where `reading` was `false`. */
  startReading(): void {
    this.ended = this.#read();
  }

  /** A client of the server at `port` that has sent its preface and SETTINGS and acknowledged the server's. */
  static async client(port: number, settings: Pairs = []): Promise<RawPeer> {
    const peer = new RawPeer(await connectTcp(port));
    await peer.send(clientHello(...settings));
    await peer.next(FrameType.SETTINGS);
    await peer.send(SETTINGS_ACK);
    return peer;
  }

  /** A server on `conn` that has had the client's preface and SETTINGS, and has sent its own. */
  static async server(conn: ByteConn, settings: Pairs = []): Promise<RawPeer> {
    const peer = new RawPeer(conn, { expectPreface: true });
    await peer.send(settingsFrame(...settings), SETTINGS_ACK);
    await peer.next(FrameType.SETTINGS);
    return peer;
  }

  /** Sends octets. @throws when the connection has ended */
  async send(...parts: readonly Uint8Array[]): Promise<void> {
    let left = parts.length === 1 ? parts[0] : join(...parts);
    while (left.length > 0) left = left.subarray(await this.#conn.write(left));
  }

  /** Sends `octets` up to `times` times, until GOAWAY comes or the connection ends; returns how often it was. */
  async flood(octets: Uint8Array | ((i: number) => Uint8Array), times: number): Promise<number> {
    for (let i = 0; i < times; i++) {
      if (this.goneAway || this.#over) return i;
      try {
        await this.send(octets instanceof Uint8Array ? octets : octets(i));
      } catch {
        return i;
      }
    }
    return times;
  }

  /** The next frame of this type, and stream; frames before it stay. @throws when the connection ends without */
  async next(type: number, streamId?: number): Promise<RawFrame> {
    for (;;) {
      const at = this.#frames.findIndex((frame) =>
        frame.type === type && (streamId === undefined || frame.streamId === streamId)
      );
      if (at >= 0) return this.#frames.splice(at, 1)[0];
      if (this.#over) {
        const rest = this.#frames.map((f) => `${f.type}/${f.flags}@${f.streamId}`).join(" ");
        throw new Error(
          `Connection ended without frame ${type} on ${streamId}: left are '${rest}'`,
        );
      }
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  /** Sends PING and waits for the answer: all that was sent before has been dealt with. */
  async roundTrip(data = 0x77): Promise<void> {
    const payload = new Uint8Array(8).fill(data);
    await this.send(pingFrame(payload));
    for (;;) {
      const { flags, payload: got } = await this.next(FrameType.PING);
      if (flags & Flag.ACK && got[0] === data) return;
    }
  }

  /** The next GOAWAY. @throws when the connection ends without */
  async goaway(): Promise<Goaway> {
    const { payload } = await this.next(FrameType.GOAWAY);
    return {
      lastStreamId: getUint31(payload, 0),
      code: getUint32(payload, 4),
      debug: new TextDecoder().decode(payload.subarray(8)),
    };
  }

  /** The code of the next RST_STREAM on this stream. */
  async reset(streamId: number): Promise<number> {
    return getUint32((await this.next(FrameType.RST_STREAM, streamId)).payload, 0);
  }

  /** Frames that have come and were not asked for. */
  get unread(): readonly RawFrame[] {
    return this.#frames;
  }

  /** Ends the connection at once. */
  close(): void {
    try {
      this.#conn.close();
    } catch {
      // It was closed already.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.ended;
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(65_536);
    let rest = new Uint8Array(0);
    try {
      for (;;) {
        const count = await this.#conn.read(buffer);
        if (count === null) break;
        rest = join(rest, buffer.subarray(0, count));
        const skipped = Math.min(this.#prefaceLeft, rest.length);
        this.#prefaceLeft -= skipped;
        rest = this.#take(rest.subarray(skipped));
        this.#wake();
      }
    } catch {
      // The other side ended it without a word, or this side did.
    }
    this.#over = true;
    this.#wake();
  }

  /** Takes all whole frames; returns what is left. */
  #take(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    let at = 0;
    while (bytes.length - at >= FRAME_HEADER_SIZE) {
      const length = (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
      const start = at + FRAME_HEADER_SIZE;
      if (start + length > bytes.length) break;
      const type = bytes[at + 3];
      this.seen[type]++;
      if (type === FrameType.DATA) this.dataOctets += length;
      if (type === FrameType.GOAWAY) this.goneAway = true;
      if (!this.forgotten.has(type)) {
        this.#frames.push({
          type,
          flags: bytes[at + 4],
          streamId: getUint31(bytes, at + 5),
          payload: bytes.slice(start, start + length),
        });
      }
      at = start + length;
    }
    return bytes.subarray(at);
  }

  #wake(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }
}
