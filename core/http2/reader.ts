import type { ByteConn } from "./byte_conn.ts";
import { connectionError, ErrorCode } from "./errors.ts";
import { nextTurn, TURN_AFTER } from "./turn.ts";
import { CLIENT_PREFACE, FRAME_HEADER_SIZE, FrameType, getUint31 } from "./frames.ts";

const SMALLEST_BUFFER = 16 * 1024;
const LARGEST_BUFFER = 1024 * 1024;
/** Room below which a read is not worth its cost. */
const LEAST_READ = 8 * 1024;
/** Shorter payloads are copied out, so that a kept message of 20 bytes does not hold on to a buffer of 256 KiB. */
const COPY_BELOW = 4 * 1024;

/** Takes the frames that a {@linkcode FrameReader} found. */
export interface FrameSink {
  /** The payload stands in `buffer` from `start` to `end` and is only valid during the call; see {@linkcode FrameReader.keep}. */
  onFrame(
    type: number,
    flags: number,
    streamId: number,
    buffer: Uint8Array,
    start: number,
    end: number,
  ): void;
  /** Whether so many answers wait for the peer that no more of its frames are taken for now. */
  readonly congested?: boolean;
  /** Resolves when some of them have gone out. */
  relieved?(): Promise<void>;
}

/**
 * Reads a connection through one large buffer and cuts it into frames.
 *
 * The buffer grows while reads fill it and shrinks when they do not. It is used again unless somebody kept a part.
 */
export class FrameReader {
  readonly #conn: ByteConn;
  readonly #sink: FrameSink;
  readonly #maxFrameSize: number;
  readonly #maxControlSize: number;
  #buffer: Uint8Array = new Uint8Array(SMALLEST_BUFFER);
  #size = SMALLEST_BUFFER;
  #start = 0;
  #end = 0;
  #kept = false;
  #prefaceLeft: number;
  #discarding = false;
  /** Whether the buffer is this reader's own and has room behind `#end`; only while chunks are read. */
  #appendable = false;
  /** Counts reads that brought bytes: a connection whose count stands still is silent. */
  reads = 0;

  /** `maxControlSize` holds for every known type but DATA (RFC 9113 §4.2: "any limit defined for the frame type"). */
  constructor(
    conn: ByteConn,
    sink: FrameSink,
    sizes: { maxFrameSize: number; maxControlSize: number },
    expectPreface: boolean,
  ) {
    this.#conn = conn;
    this.#sink = sink;
    this.#maxFrameSize = sizes.maxFrameSize;
    this.#maxControlSize = Math.min(sizes.maxControlSize, sizes.maxFrameSize);
    this.#prefaceLeft = expectPreface ? CLIENT_PREFACE.length : 0;
  }

  /** The payload of the frame under way from `start` to `end`, valid for ever. */
  keep(start: number, end: number): Uint8Array {
    if (end - start < COPY_BELOW) return this.#buffer.slice(start, end);
    this.#kept = true;
    return this.#buffer.subarray(start, end);
  }

  /** From now on, reads and throws away. */
  discard(): void {
    this.#discarding = true;
  }

  /**
   * Reads until the connection ends.
   *
   * @throws {Http2Error} when the peer broke a rule, and whatever the connection throws
   */
  async run(): Promise<void> {
    if (this.#conn.readChunk !== undefined) return await this.#runOnChunks();
    for (;;) {
      this.#makeRoom();
      const room = this.#buffer.length - this.#end;
      const count = await this.#conn.read(
        this.#end === 0 ? this.#buffer : this.#buffer.subarray(this.#end),
      );
      if (count === null) return;
      this.reads++;
      if (this.#discarding) {
        this.#start = this.#end = 0;
        continue;
      }
      this.#end += count;
      this.#adapt(count, room);
      if (this.#prefaceLeft > 0 && !this.#takePreface()) continue;
      while (!this.#takeFrames()) await this.#sink.relieved!();
      if (count >= TURN_AFTER) await nextTurn();
    }
  }

  /** The same where the connection gives its chunks away: frames that lie whole in one are not copied. */
  async #runOnChunks(): Promise<void> {
    let sinceTurn = 0;
    for (;;) {
      const chunk = await this.#conn.readChunk!();
      if (chunk === null) return;
      this.reads++;
      if (this.#discarding) continue;
      this.#adopt(chunk);
      if (this.#prefaceLeft > 0 && !this.#takePreface()) continue;
      while (!this.#takeFrames()) await this.#sink.relieved!();
      sinceTurn += chunk.length;
      if (sinceTurn < TURN_AFTER) continue;
      sinceTurn = 0;
      await nextTurn();
    }
  }

  /** Takes a chunk for the buffer, or puts it behind what is left of a frame: then in a buffer that grows by doubling. */
  #adopt(chunk: Uint8Array): void {
    const have = this.#end - this.#start;
    if (have === 0) {
      this.#buffer = chunk;
      this.#start = this.#end = 0;
      this.#appendable = false;
    } else if (!this.#appendable || this.#buffer.length - this.#end < chunk.length) {
      const next = new Uint8Array(Math.max(have + chunk.length, have * 2, SMALLEST_BUFFER));
      next.set(this.#buffer.subarray(this.#start, this.#end));
      this.#buffer = next;
      this.#start = 0;
      this.#end = have;
      this.#appendable = true;
    }
    if (this.#appendable) this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  #adapt(count: number, room: number): void {
    if (count === room && this.#size < LARGEST_BUFFER) this.#size *= 2;
    else if (count < this.#size >>> 4 && this.#size > SMALLEST_BUFFER) this.#size >>>= 1;
  }

  /** Makes room for what is missing of the frame under way, in a new buffer when this one is kept or too small. */
  #makeRoom(): void {
    const have = this.#end - this.#start;
    const needed = have >= FRAME_HEADER_SIZE ? FRAME_HEADER_SIZE + this.#frameLength() : LEAST_READ;
    if (!this.#kept && this.#buffer.length === this.#size && needed <= this.#size) {
      if (this.#start === 0) return;
      this.#buffer.copyWithin(0, this.#start, this.#end);
    } else if (
      this.#buffer.length - this.#start >= needed && this.#buffer.length - this.#end >= LEAST_READ
    ) {
      return;
    } else {
      const next = new Uint8Array(Math.max(this.#size, needed));
      next.set(this.#buffer.subarray(this.#start, this.#end));
      this.#buffer = next;
      this.#kept = false;
    }
    this.#start = 0;
    this.#end = have;
  }

  #frameLength(): number {
    const b = this.#buffer, at = this.#start;
    return (b[at] << 16) | (b[at + 1] << 8) | b[at + 2];
  }

  #checkSize(length: number): void {
    const type = this.#buffer[this.#start + 3];
    const control = type !== FrameType.DATA && type <= FrameType.CONTINUATION;
    const most = control ? this.#maxControlSize : this.#maxFrameSize;
    if (length <= most) return;
    throw connectionError(
      ErrorCode.FRAME_SIZE_ERROR,
      `Frame of type ${type} with ${length} octets: the largest is ${most}`,
    );
  }

  #takePreface(): boolean {
    while (this.#prefaceLeft > 0 && this.#start < this.#end) {
      if (
        this.#buffer[this.#start++] !== CLIENT_PREFACE[CLIENT_PREFACE.length - this.#prefaceLeft]
      ) {
        throw connectionError(ErrorCode.PROTOCOL_ERROR, "Peer does not speak HTTP/2: no preface");
      }
      this.#prefaceLeft--;
    }
    return this.#prefaceLeft === 0;
  }

  /** Takes all whole frames; `false`: the rest only after a pause. */
  #takeFrames(): boolean {
    while (!this.#discarding && this.#end - this.#start >= FRAME_HEADER_SIZE) {
      const length = this.#frameLength();
      if (length > this.#maxControlSize) this.#checkSize(length);
      const payload = this.#start + FRAME_HEADER_SIZE;
      const end = payload + length;
      if (end > this.#end) return true;
      const b = this.#buffer, at = this.#start;
      this.#start = end;
      this.#sink.onFrame(b[at + 3], b[at + 4], getUint31(b, at + 5), b, payload, end);
      if (this.#sink.congested) return false;
    }
    if (this.#discarding) this.#start = this.#end = 0;
    return true;
  }
}
