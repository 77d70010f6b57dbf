import type { Http2Options, Http2Session } from "./api.ts";
import type { ByteConn } from "./byte_conn.ts";
import { ClosedStreams } from "./closed_streams.ts";
import { connectionError, ErrorCode, Http2Error } from "./errors.ts";
import type { FieldList } from "./fields.ts";
import { ReceiveWindow, SendWindow } from "./flow.ts";
import { CLIENT_PREFACE, Flag, FrameType, putUint32 } from "./frames.ts";
import { HpackDecoder, HpackEncoder, INITIAL_TABLE_SIZE } from "./hpack/mod.ts";
import * as limits from "./limits.ts";
import { Path } from "./pace.ts";
import { Pings } from "./pings.ts";
import { TokenBucket } from "./rate.ts";
import { FrameReader } from "./reader.ts";
import { Receiver } from "./receiver.ts";
import { Scheduler } from "./scheduler.ts";
import { encodeSettings, initialSettings, type Settings } from "./settings.ts";
import type { Stream } from "./stream.ts";
import type { ClosedBy } from "./stream_state.ts";
import { Watch } from "./watch.ts";
import { FrameWriter } from "./writer.ts";

/** What differs between the two ends of a connection. */
export interface Role {
  readonly name: "client" | "server";
  /** Whether stream `id` is still idle. */
  isIdle(id: number): boolean;
  /** Server: the header section of a new stream; `tooLarge` when fields were left out of it. */
  openedByPeer(id: number, fields: FieldList, endStream: boolean, tooLarge: boolean): void;
  /** The peer's first SETTINGS were applied. */
  settingsReceived(): void;
  /** Client: how many streams wait for their turn to open. */
  readonly waiting: number;
  /** Client: one of those will not open any more. */
  gaveUp(stream: Stream): void;
  /** Streams were closed, or the peer allows more. */
  roomForStreams(): void;
  /** GOAWAY arrived. */
  goawayReceived(lastStreamId: number, error: Http2Error): void;
}

/**
 * One end of an HTTP/2 connection: what both roles share. It is "open", then "draining" (GOAWAY sent, streams finish),
 * then "closed"; a broken rule or connection leads to "closed" from anywhere.
 */
export class Connection implements Http2Session {
  readonly localSettings: Settings;
  readonly peerSettings: Settings = initialSettings();
  readonly streams: Map<number, Stream> = new Map();
  readonly closedStreams: ClosedStreams = new ClosedStreams();
  readonly encoder: HpackEncoder = new HpackEncoder();
  readonly decoder: HpackDecoder;
  readonly reader: FrameReader;
  readonly writer: FrameWriter;
  readonly pings: Pings;
  readonly receiveWindow: ReceiveWindow;
  readonly path: Path = new Path();
  readonly sendWindow: SendWindow = new SendWindow(limits.DEFAULT_WINDOW);
  readonly closed: Promise<Http2Error | null>;
  state: "open" | "draining" | "closed" = "open";
  /** Whether the peer has acknowledged our SETTINGS. */
  settingsAcknowledged = false;
  /** The highest stream of the peer's that was handed to a handler. */
  lastPeerStream = 0;
  /** DATA frames sent so far, one more for each 16 KiB that they carry. */
  dataFramesSent = 0;
  /** Streams of the peer's above it are refused: what GOAWAY said. */
  acceptUpTo: number = limits.MAX_WINDOW;
  /** The peer sent GOAWAY: it waits for this end to close. */
  peerLeaves = false;

  readonly #conn: ByteConn;
  readonly #role: Role;
  readonly #scheduler = new Scheduler();
  readonly #resets = new TokenBucket(limits.RESET_LIMIT);
  readonly #watch: Watch;
  readonly #resolveClosed: (error: Http2Error | null) => void;
  #left: Promise<void> = Promise.resolve();
  #drained: () => void = () => {};
  readonly #held = new Set<Stream>();
  #paceTimer: ReturnType<typeof setInterval> | undefined;
  #reading: Promise<void> = Promise.resolve();

  /** Takes over `conn` and begins to speak. */
  constructor(conn: ByteConn, role: Role, options: Http2Options) {
    this.#conn = conn;
    this.#role = role;
    this.localSettings = {
      headerTableSize: INITIAL_TABLE_SIZE,
      maxConcurrentStreams: options.maxConcurrentStreams ?? limits.MAX_CONCURRENT_STREAMS,
      initialWindowSize: options.streamWindow ?? limits.STREAM_WINDOW,
      maxFrameSize: options.maxFrameSize ?? limits.MAX_FRAME_SIZE,
      maxHeaderListSize: options.maxHeaderListSize ??
        (role.name === "server" ? limits.MAX_REQUEST_HEADER_LIST : limits.MAX_RESPONSE_HEADER_LIST),
      grpcTrueBinaryMetadata: options.grpcTrueBinaryMetadata ?? false,
    };
    const window = Math.max(
      options.connectionWindow ?? limits.CONNECTION_WINDOW,
      limits.DEFAULT_WINDOW,
    );
    this.receiveWindow = new ReceiveWindow(window);
    this.decoder = new HpackDecoder({ maxListSize: this.localSettings.maxHeaderListSize });
    this.writer = new FrameWriter(conn, this.#pump, (error) => this.#broken(error));
    const { maxFrameSize, maxHeaderListSize } = this.localSettings;
    const maxBlockSize = Math.max(maxHeaderListSize, limits.MIN_MAX_HEADER_BLOCK);
    const receiver = new Receiver(this, role, maxBlockSize);
    this.reader = new FrameReader(
      conn,
      receiver,
      // One HEADERS frame over the header list's size is refused by its length (h2spec 4.2 asks for that).
      { maxFrameSize, maxControlSize: Math.max(maxHeaderListSize, limits.MIN_MAX_FRAME_SIZE) },
      role.name === "server",
    );
    this.pings = new Pings((data) => this.writer.frame(FrameType.PING, 0, 0, data, null));
    this.#watch = new Watch(this, receiver, options);
    const { promise, resolve } = Promise.withResolvers<Http2Error | null>();
    this.closed = promise;
    this.#resolveClosed = resolve;
    this.#start(window);
  }

  get activeStreams(): number {
    return this.streams.size;
  }

  /** Octets of payload that one frame may carry now. */
  get sendable(): number {
    return Math.min(
      this.sendWindow.available,
      limits.MAX_DATA_FRAME,
      this.peerSettings.maxFrameSize,
    );
  }

  /** Whether `octets` of payload can go out in one frame now. */
  canSend(octets: number): boolean {
    return octets <= this.sendable && this.writer.hasRoom;
  }

  /** Sends one DATA frame; the caller has looked after the windows of the stream. */
  sendData(
    streamId: number,
    head: Uint8Array | null,
    body: Uint8Array | null,
    octets: number,
    flags: number,
  ): void {
    this.sendWindow.available -= octets;
    this.dataFramesSent += 1 + (octets >>> 14);
    this.writer.frame(FrameType.DATA, flags, streamId, head, body);
  }

  /** Sends a header section as HEADERS and, over the peer's frame size, CONTINUATION frames. */
  sendHeaders(streamId: number, fields: FieldList, endStream: boolean): void {
    if (this.state === "closed") return;
    const block = this.encoder.encode(fields);
    const most = this.peerSettings.maxFrameSize;
    const flags = endStream ? Flag.END_STREAM : 0;
    if (block.length <= most) {
      this.writer.frame(FrameType.HEADERS, flags | Flag.END_HEADERS, streamId, block, null);
      return;
    }
    this.writer.frame(FrameType.HEADERS, flags, streamId, block.subarray(0, most), null);
    for (let at = most; at < block.length; at += most) {
      const end = at + most >= block.length ? Flag.END_HEADERS : 0;
      this.writer.frame(FrameType.CONTINUATION, end, streamId, block.subarray(at, at + most), null);
    }
  }

  /** Sends RST_STREAM and ends the stream for its user with `error`. */
  resetStream(stream: Stream, error: Http2Error): void {
    if (stream.id !== 0 && stream.state !== "idle") this.sendReset(stream.id, error.code);
    this.closeStream(stream, error, "local reset");
  }

  /** Sends RST_STREAM. */
  sendReset(streamId: number, code: ErrorCode): void {
    if (this.state === "closed") return;
    const payload = new Uint8Array(4);
    putUint32(payload, 0, code);
    this.writer.frame(FrameType.RST_STREAM, 0, streamId, payload, null);
  }

  /** Sends WINDOW_UPDATE; stream 0 is the connection. */
  sendWindowUpdate(streamId: number, increment: number): void {
    if (this.state === "closed") return;
    const payload = new Uint8Array(4);
    putUint32(payload, 0, increment);
    this.writer.frame(FrameType.WINDOW_UPDATE, 0, streamId, payload, null);
  }

  /** Gives back `octets` of the connection's receive window. */
  consume(octets: number): void {
    const increment = this.receiveWindow.consume(octets);
    if (increment > 0) this.sendWindowUpdate(0, increment);
  }

  /** Puts a stream in line for sending; it goes out when this turn's frames are gathered. */
  schedule(stream: Stream): void {
    this.#scheduler.add(stream);
    this.#pump();
  }

  /** Looks after a stream whose pace holds it: without an acknowledgement it may send on soon. */
  holdForPace(stream: Stream): void {
    this.#held.add(stream);
    this.#paceTimer ??= setInterval(() => this.#checkHeld(), limits.PACE_STALL_MS);
  }

  #checkHeld(): void {
    const now = performance.now();
    for (const stream of [...this.#held]) {
      if (stream.outcome !== null || stream.inLine) this.#held.delete(stream);
      else if (stream.pace.tick(now) || stream.pace.mayGo) {
        this.#held.delete(stream);
        stream.schedule();
      }
    }
    if (this.#held.size === 0) this.#stopPaceTimer();
  }

  #stopPaceTimer(): void {
    clearInterval(this.#paceTimer);
    this.#paceTimer = undefined;
  }

  /** Lets waiting streams send. */
  readonly #pump = (): void => {
    this.#scheduler.run(this.#mayPump);
  };

  readonly #mayPump = (): boolean => this.writer.hasRoom && this.sendWindow.available > 0;

  /** The connection's send window grew. */
  windowGrew(): void {
    this.#pump();
  }

  /** Ends `stream` for its user and forgets it. */
  closeStream(stream: Stream, error: Http2Error | null, by: ClosedBy): void {
    if (stream.outcome !== null) return;
    if (stream.id === 0) this.#role.gaveUp(stream);
    else if (this.streams.delete(stream.id)) this.closedStreams.add(stream.id, by);
    if (stream.unconsumed > 0) this.consume(stream.unconsumed);
    this.#scheduler.remove(stream);
    stream.finish(error);
    if (this.state === "closed") return;
    this.#role.roomForStreams();
    if (this.streams.size > 0 || this.#role.waiting > 0) return;
    if (this.state === "draining") this.#drained();
    else if (this.peerLeaves) this.close();
  }

  /** Counts a reset that cost this end work; too many end the connection (CVE-2023-44487, CVE-2025-8671). */
  countReset(): void {
    if (!this.#resets.take()) {
      throw connectionError(ErrorCode.ENHANCE_YOUR_CALM, "Too many streams were reset");
    }
  }

  ping(options: { signal?: AbortSignal } = {}): Promise<number> {
    if (this.state === "closed") return Promise.reject(this.#closedError());
    return this.pings.send(options.signal);
  }

  async drain(options: { signal?: AbortSignal } = {}): Promise<void> {
    if (this.state === "open") {
      this.state = "draining";
      this.#left = this.#leave();
    }
    await untilAborted(this.#left, options.signal);
    this.close();
    await this.closed;
  }

  close(code: ErrorCode = ErrorCode.NO_ERROR, debug = ""): void {
    const error = new Http2Error(debug || "Connection was closed by this end", {
      code,
      scope: "connection",
    });
    this.#shutDown(code === ErrorCode.NO_ERROR ? null : error, error, code, debug);
  }

  /** The peer broke a rule, or said that the connection is over. */
  fail(error: Http2Error): void {
    this.#shutDown(error, error, error.remote ? ErrorCode.NO_ERROR : error.code, error.message);
  }

  #start(window: number): void {
    if (this.#role.name === "client") this.writer.raw(CLIENT_PREFACE);
    this.writer.frame(
      FrameType.SETTINGS,
      0,
      0,
      encodeSettings(this.localSettings, this.#role.name),
      null,
    );
    if (window > limits.DEFAULT_WINDOW) this.sendWindowUpdate(0, window - limits.DEFAULT_WINDOW);
    this.#reading = this.reader.run().then(() => this.#ended(), (error) => this.#broken(error));
  }

  #isOpen(): boolean {
    return this.state !== "closed";
  }

  #sendGoaway(lastStreamId: number, code: ErrorCode, debug: string): void {
    const text = new TextEncoder().encode(debug.slice(0, 256));
    const head = new Uint8Array(8);
    putUint32(head, 0, lastStreamId);
    putUint32(head, 4, code);
    this.writer.frame(FrameType.GOAWAY, 0, 0, head, text);
  }

  /** Resolves when no stream is left. */
  async #leave(): Promise<void> {
    if (this.#role.name === "server") {
      // RFC 9113 §6.8: a first GOAWAY without a limit, so that requests on their way are still served.
      this.#sendGoaway(limits.MAX_WINDOW, ErrorCode.NO_ERROR, "");
      await this.pings.send().catch(() => {});
      if (!this.#isOpen()) return;
      this.acceptUpTo = this.lastPeerStream;
      this.#sendGoaway(this.lastPeerStream, ErrorCode.NO_ERROR, "");
    }
    if (this.streams.size === 0 && this.#role.waiting === 0) return;
    await new Promise<void>((resolve) => this.#drained = resolve);
  }

  /** The peer closed its side. */
  #ended(): void {
    if (this.streams.size === 0) {
      return this.#shutDown(null, this.#closedError(), ErrorCode.NO_ERROR, "");
    }
    this.#broken(new Error("the peer closed it while streams were open"));
  }

  #broken(cause: unknown): void {
    if (cause instanceof Http2Error) return this.fail(cause);
    const text = cause instanceof Error ? cause.message : String(cause);
    const error = new Http2Error(`Connection broke: ${text}`, {
      code: ErrorCode.INTERNAL_ERROR,
      scope: "connection",
      remote: true,
      cause,
    });
    this.#shutDown(error, error, ErrorCode.NO_ERROR, "");
  }

  #closedError(): Http2Error {
    return new Http2Error("Connection is closed", {
      code: ErrorCode.NO_ERROR,
      scope: "connection",
      unprocessed: true,
    });
  }

  /** The one way into "closed": `reason` is what `closed` resolves to, `error` what streams get. */
  #shutDown(reason: Http2Error | null, error: Http2Error, code: ErrorCode, debug: string): void {
    if (this.state === "closed") return;
    this.#sendGoaway(this.lastPeerStream, code, debug);
    const drained = this.state === "draining" && this.streams.size === 0;
    const readOn = !this.peerLeaves && (code !== ErrorCode.NO_ERROR || drained);
    this.state = "closed";
    this.reader.discard();
    this.#watch.stop();
    this.#stopPaceTimer();
    this.pings.fail(error);
    for (const stream of [...this.streams.values()]) this.closeStream(stream, error, "local reset");
    this.#role.goawayReceived(0, error);
    this.#drained();
    void this.#linger(readOn).then(() => this.#resolveClosed(reason));
  }

  /** Lets GOAWAY out before the connection is closed; a peer in error gets time to read it. */
  async #linger(readOn: boolean): Promise<void> {
    const timer = Promise.withResolvers<void>();
    const id = setTimeout(timer.resolve, limits.LINGER_MS);
    await Promise.race([this.writer.flushed(), timer.promise]);
    if (readOn) await Promise.race([this.#reading, timer.promise]);
    clearTimeout(id);
    try {
      this.#conn.close();
    } catch {
      // It was closed already.
    }
    this.writer.giveUp();
    await this.#reading;
  }
}

/** Waits for `promise`, or for the signal. */
async function untilAborted(promise: Promise<void>, signal?: AbortSignal): Promise<void> {
  if (signal === undefined) return await promise;
  if (signal.aborted) return;
  const aborted = Promise.withResolvers<void>();
  const abort = () => aborted.resolve();
  signal.addEventListener("abort", abort, { once: true });
  await Promise.race([promise, aborted.promise]);
  signal.removeEventListener("abort", abort);
}
