import type { Connection, Role } from "./connection.ts";
import { connectionError, ErrorCode, errorCodeName, Http2Error, streamError } from "./errors.ts";
import type { FieldList } from "./fields.ts";
import { Flag, FrameType, getUint31, getUint32 } from "./frames.ts";
import { HeaderBlock } from "./header_block.ts";
import { IDLE_FRAME_LIMIT, MAX_BACKLOG, MAX_WAITING_ANSWERS } from "./limits.ts";
import { checkResponse, checkTrailers } from "./messages.ts";
import { TokenBucket } from "./rate.ts";
import type { FrameSink } from "./reader.ts";
import { applySettings } from "./settings.ts";
import type { Stream } from "./stream.ts";
import { type ClosedBy, judgeFrame, type StreamState, type Verdict } from "./stream_state.ts";
import type { Handshake } from "./watch.ts";

/**
 * WINDOW_UPDATE frames that a DATA frame of ours pays for, and each 16 KiB of a larger one: Envoy's
 * `max_inbound_window_update_frames_per_data_frame_sent`. Go's client sends two for every 4 KiB that its user reads.
 */
const UPDATES_PER_DATA_FRAME = 10;

/** Takes the frames of a connection and does what RFC 9113 §6 says of each. */
export class Receiver implements FrameSink, Handshake {
  readonly #connection: Connection;
  readonly #role: Role;
  readonly #block: HeaderBlock;
  readonly #idleFrames = new TokenBucket(IDLE_FRAME_LIMIT);
  #settingsArrived = false;
  /** Header sections found well-formed; the decoder returns the same list for the same block. */
  #checkedTrailers: FieldList | null = null;
  #paidUpdates = 0;
  #seenDataFrames = 0;

  /** Frames for `connection`; `maxHeaderBlock`: octets of a header block, compressed. */
  constructor(connection: Connection, role: Role, maxHeaderBlock: number) {
    this.#connection = connection;
    this.#role = role;
    this.#block = new HeaderBlock(maxHeaderBlock);
  }

  get awaits(): string | null {
    if (!this.#settingsArrived) return "SETTINGS";
    if (!this.#connection.settingsAcknowledged) return "acknowledgement of SETTINGS";
    const id = this.#block.streamId;
    return id === 0 ? null : `END_HEADERS of stream ${id}`;
  }

  get congested(): boolean {
    return this.#connection.writer.waiting > MAX_BACKLOG && this.#role.name === "server";
  }

  relieved(): Promise<void> {
    return this.#connection.writer.progress();
  }

  onFrame(
    type: number,
    flags: number,
    id: number,
    buffer: Uint8Array,
    start: number,
    end: number,
  ): void {
    try {
      this.#dispatch(type, flags, id, buffer, start, end);
    } catch (error) {
      const scoped = error instanceof Http2Error
        ? error
        : new Http2Error("Handler of the stream failed", {
          code: ErrorCode.INTERNAL_ERROR,
          scope: id === 0 ? "connection" : "stream",
          cause: error,
        });
      if (scoped.scope === "connection") throw scoped;
      this.#failStream(id, scoped);
    }
  }

  #dispatch(
    type: number,
    flags: number,
    id: number,
    buffer: Uint8Array,
    start: number,
    end: number,
  ): void {
    if (type === FrameType.DATA && this.#block.streamId === 0) {
      return this.#data(flags, id, buffer, start, end);
    }
    if (!this.#settingsArrived && type !== FrameType.SETTINGS) {
      throw connectionError(ErrorCode.PROTOCOL_ERROR, "First frame is not SETTINGS");
    }
    if (
      this.#block.streamId !== 0 && (type !== FrameType.CONTINUATION || id !== this.#block.streamId)
    ) {
      throw connectionError(ErrorCode.PROTOCOL_ERROR, "Frame within a header block");
    }
    const payload = buffer.subarray(start, end);
    switch (type) {
      case FrameType.HEADERS:
        return this.#headers(flags, id, payload);
      case FrameType.PRIORITY:
        return this.#priority(id, payload);
      case FrameType.RST_STREAM:
        return this.#rstStream(id, payload);
      case FrameType.SETTINGS:
        return this.#settings(flags, id, payload);
      case FrameType.PUSH_PROMISE:
        throw connectionError(ErrorCode.PROTOCOL_ERROR, "PUSH_PROMISE although push is off");
      case FrameType.PING:
        return this.#ping(flags, id, payload);
      case FrameType.GOAWAY:
        return this.#goaway(id, payload);
      case FrameType.WINDOW_UPDATE:
        return this.#windowUpdate(id, payload);
      case FrameType.CONTINUATION:
        return this.#continuation(flags, id, payload);
      default:
        this.#countIdle();
    }
  }

  #data(flags: number, id: number, buffer: Uint8Array, start: number, end: number): void {
    const connection = this.#connection;
    const stream = connection.streams.get(id);
    if (id === 0 || !this.#settingsArrived) {
      throw connectionError(ErrorCode.PROTOCOL_ERROR, "DATA on stream 0 or before SETTINGS");
    }
    const size = end - start;
    if (!connection.receiveWindow.receive(size)) {
      throw connectionError(ErrorCode.FLOW_CONTROL_ERROR, "DATA over the connection's window");
    }
    if (flags & Flag.PADDED) {
      const padding = size > 0 ? buffer[start] : 0;
      if (size === 0 || padding >= size) {
        throw connectionError(ErrorCode.PROTOCOL_ERROR, "DATA of nothing but padding");
      }
      start++;
      end -= padding;
    }
    if (
      stream === undefined || stream.state === "half-closed (remote)" || !stream.headersReceived
    ) {
      connection.consume(size);
      if (
        stream !== undefined && !stream.headersReceived && stream.state !== "half-closed (remote)"
      ) {
        throw streamError(ErrorCode.PROTOCOL_ERROR, "DATA before HEADERS");
      }
      if (!this.#allowed(id, stream, FrameType.DATA)) this.#countIdle();
      return;
    }
    const octets = end - start;
    const endStream = (flags & Flag.END_STREAM) !== 0;
    if (octets === 0 && !endStream) this.#countIdle();
    else this.#idleFrames.credit();
    if (!stream.receiveWindow.receive(size)) {
      connection.consume(size);
      throw streamError(ErrorCode.FLOW_CONTROL_ERROR, "DATA over the stream's window");
    }
    stream.unconsumed += size;
    if (size > octets) stream.consume(size - octets);
    stream.received += octets;
    if (stream.expected >= 0) checkLength(stream, endStream);
    if (octets > 0 || endStream) {
      stream.deliverData(connection.reader.keep(start, end), endStream);
    }
    if (endStream && stream.outcome === null) stream.receivedEnd();
  }

  #headers(flags: number, id: number, payload: Uint8Array): void {
    if (id === 0) throw connectionError(ErrorCode.PROTOCOL_ERROR, "HEADERS on stream 0");
    let start = 0;
    let end = payload.length;
    if (flags & Flag.PADDED) {
      if (end === 0) throw connectionError(ErrorCode.FRAME_SIZE_ERROR, "HEADERS too short");
      end -= payload[0];
      start = 1;
    }
    let dependsOn = -1;
    if (flags & Flag.PRIORITY) {
      if (payload.length < start + 5) {
        throw connectionError(ErrorCode.FRAME_SIZE_ERROR, "HEADERS too short");
      }
      dependsOn = getUint31(payload, start);
      start += 5;
    }
    if (start > end) {
      throw connectionError(ErrorCode.PROTOCOL_ERROR, "HEADERS with more padding than payload");
    }
    const endStream = (flags & Flag.END_STREAM) !== 0;
    const fragment = payload.subarray(start, end);
    if (dependsOn === id && flags & Flag.END_HEADERS) {
      this.#connection.decoder.decode(fragment);
      throw streamError(ErrorCode.PROTOCOL_ERROR, "Stream depends on itself");
    }
    if (flags & Flag.END_HEADERS) this.#section(id, endStream, fragment);
    else this.#block.begin(id, endStream, fragment);
  }

  #continuation(flags: number, id: number, payload: Uint8Array): void {
    if (this.#block.streamId !== id || id === 0) {
      throw connectionError(ErrorCode.PROTOCOL_ERROR, "CONTINUATION without HEADERS");
    }
    this.#block.add(payload);
    if (flags & Flag.END_HEADERS) this.#section(id, this.#block.endStream, this.#block.finish());
  }

  /** A whole header block: request, response, 1xx or trailers. It is decoded in any case, to keep HPACK in step. */
  #section(id: number, endStream: boolean, block: Uint8Array): void {
    const decoder = this.#connection.decoder;
    const fields = decoder.decode(block);
    const stream = this.#connection.streams.get(id);
    if (stream === undefined) {
      if (this.#role.name === "server" && id > this.#connection.lastPeerStream && id % 2 === 1) {
        this.#idleFrames.credit();
        return this.#role.openedByPeer(id, fields, endStream, decoder.tooLarge);
      }
      if (this.#allowed(id, stream, FrameType.HEADERS)) return;
      return this.#countIdle();
    }
    if (!this.#allowed(id, stream, FrameType.HEADERS)) return;
    if (decoder.tooLarge) {
      throw streamError(
        ErrorCode.ENHANCE_YOUR_CALM,
        `Header section of more than ${this.#connection.localSettings.maxHeaderListSize} octets`,
      );
    }
    if (stream.headersReceived) this.#trailers(stream, fields, endStream);
    else this.#response(stream, fields, endStream);
  }

  #response(stream: Stream, fields: FieldList, endStream: boolean): void {
    const info = checkResponse(fields);
    if (typeof info === "string") throw malformed("response", info);
    if (info.status < 200) {
      if (endStream) throw malformed("response", "informational, with END_STREAM");
      this.#countIdle();
      stream.deliverInformational(fields);
      return;
    }
    this.#idleFrames.credit();
    stream.headersReceived = true;
    // A response to HEAD, and 304, promise a length of what does not come (RFC 9110 §8.6).
    const bodyless = info.status === 304 || info.status === 204 || stream.isHead;
    stream.expected = bodyless ? -1 : info.contentLength;
    if (endStream && !bodyless) checkLength(stream, true);
    stream.deliverHeaders(fields, endStream);
    if (endStream && stream.outcome === null) stream.receivedEnd();
  }

  #trailers(stream: Stream, fields: FieldList, endStream: boolean): void {
    if (!endStream) throw malformed("trailer section", "no END_STREAM");
    if (fields !== this.#checkedTrailers) {
      const wrong = checkTrailers(fields);
      if (wrong !== undefined) throw malformed("trailer section", wrong);
      this.#checkedTrailers = fields;
    }
    checkLength(stream, true);
    stream.deliverTrailers(fields);
    if (stream.outcome === null) stream.receivedEnd();
  }

  #priority(id: number, payload: Uint8Array): void {
    this.#countIdle();
    if (id === 0) throw connectionError(ErrorCode.PROTOCOL_ERROR, "PRIORITY on stream 0");
    if (payload.length !== 5) {
      throw streamError(ErrorCode.FRAME_SIZE_ERROR, "PRIORITY of a wrong size");
    }
    if (getUint31(payload, 0) === id) {
      throw streamError(ErrorCode.PROTOCOL_ERROR, "Stream depends on itself");
    }
  }

  #rstStream(id: number, payload: Uint8Array): void {
    if (id === 0) throw connectionError(ErrorCode.PROTOCOL_ERROR, "RST_STREAM on stream 0");
    if (payload.length !== 4) {
      throw connectionError(ErrorCode.FRAME_SIZE_ERROR, "RST_STREAM of a wrong size");
    }
    const stream = this.#connection.streams.get(id);
    if (stream === undefined) {
      this.#allowed(id, stream, FrameType.RST_STREAM);
      return this.#countIdle();
    }
    const code = getUint32(payload, 0);
    const costly = this.#role.name === "server" && !stream.headersSent;
    this.#connection.closeStream(
      stream,
      new Http2Error("Stream was reset by the peer", {
        code,
        scope: "stream",
        remote: true,
        unprocessed: code === ErrorCode.REFUSED_STREAM,
      }),
      "remote reset",
    );
    if (costly) this.#connection.countReset();
  }

  #settings(flags: number, id: number, payload: Uint8Array): void {
    if (id !== 0) throw connectionError(ErrorCode.PROTOCOL_ERROR, "SETTINGS on a stream");
    if (flags & Flag.ACK) {
      if (payload.length !== 0) {
        throw connectionError(
          ErrorCode.FRAME_SIZE_ERROR,
          "Acknowledgement of SETTINGS with payload",
        );
      }
      if (!this.#settingsArrived) {
        throw connectionError(ErrorCode.PROTOCOL_ERROR, "First frame is not SETTINGS");
      }
      if (this.#connection.settingsAcknowledged) this.#countIdle();
      this.#connection.settingsAcknowledged = true;
      return;
    }
    if (payload.length % 6 !== 0) {
      throw connectionError(ErrorCode.FRAME_SIZE_ERROR, "SETTINGS of a wrong size");
    }
    this.#countIdle();
    const connection = this.#connection;
    const settings = connection.peerSettings;
    const window = settings.initialWindowSize;
    const peer = this.#role.name === "server" ? "client" : "server";
    applySettings(settings, payload, peer, (size) => connection.encoder.setPeerTableSize(size));
    // The acknowledgement stands before what the new values allow (RFC 9113 §6.5.3).
    connection.writer.frame(FrameType.SETTINGS, Flag.ACK, 0, null, null);
    this.#moveWindows(settings.initialWindowSize - window);
    this.#limitAnswers();
    const first = !this.#settingsArrived;
    this.#settingsArrived = true;
    if (first) this.#role.settingsReceived();
    this.#role.roomForStreams();
  }

  /** RFC 9113 §6.9.2: a new INITIAL_WINDOW_SIZE moves the window of every stream. */
  #moveWindows(by: number): void {
    if (by === 0) return;
    for (const stream of this.#connection.streams.values()) {
      if (!stream.grow(by, false)) {
        throw connectionError(ErrorCode.FLOW_CONTROL_ERROR, "SETTINGS make a window too large");
      }
    }
  }

  #ping(flags: number, id: number, payload: Uint8Array): void {
    if (id !== 0) throw connectionError(ErrorCode.PROTOCOL_ERROR, "PING on a stream");
    if (payload.length !== 8) {
      throw connectionError(ErrorCode.FRAME_SIZE_ERROR, "PING of a wrong size");
    }
    if (flags & Flag.ACK) {
      if (!this.#connection.pings.answered(payload)) this.#countIdle();
      return;
    }
    this.#countIdle();
    this.#connection.writer.frame(FrameType.PING, Flag.ACK, 0, payload, null);
    this.#limitAnswers();
  }

  #goaway(id: number, payload: Uint8Array): void {
    if (id !== 0) throw connectionError(ErrorCode.PROTOCOL_ERROR, "GOAWAY on a stream");
    if (payload.length < 8) throw connectionError(ErrorCode.FRAME_SIZE_ERROR, "GOAWAY too short");
    this.#countIdle();
    const code = getUint32(payload, 4);
    const debug = new TextDecoder().decode(payload.subarray(8, 8 + 1024));
    const said = debug === "" ? errorCodeName(code) : `${errorCodeName(code)}: ${debug}`;
    const error = new Http2Error(`Peer sent GOAWAY ${said}`, {
      code,
      scope: "connection",
      remote: true,
    });
    this.#connection.peerLeaves = true;
    this.#role.goawayReceived(getUint31(payload, 0), error);
    // After an error the peer closes the connection (RFC 9113 §5.4.1): there is nothing more to wait for.
    if (code !== ErrorCode.NO_ERROR) this.#connection.fail(error);
  }

  #windowUpdate(id: number, payload: Uint8Array): void {
    if (payload.length !== 4) {
      throw connectionError(ErrorCode.FRAME_SIZE_ERROR, "WINDOW_UPDATE of a wrong size");
    }
    const increment = getUint31(payload, 0);
    const connection = this.#connection;
    const stream = id === 0 ? undefined : connection.streams.get(id);
    if (id !== 0 && stream === undefined) {
      this.#allowed(id, stream, FrameType.WINDOW_UPDATE);
      return this.#countIdle();
    }
    this.#countUpdate();
    if (increment === 0) throw windowError(id, ErrorCode.PROTOCOL_ERROR, "WINDOW_UPDATE of 0");
    if (stream === undefined) {
      if (!connection.sendWindow.grow(increment)) {
        throw windowError(
          0,
          ErrorCode.FLOW_CONTROL_ERROR,
          "WINDOW_UPDATE makes the window too large",
        );
      }
      connection.windowGrew();
    } else if (!stream.grow(increment, true)) {
      throw windowError(
        id,
        ErrorCode.FLOW_CONTROL_ERROR,
        "WINDOW_UPDATE makes the window too large",
      );
    }
  }

  /** Holds a frame against the state of its stream; `false`: pass over it. */
  #allowed(id: number, stream: Stream | undefined, type: number): boolean {
    const verdict = this.#judge(id, stream, type);
    if (verdict === "accept") return true;
    if (verdict === "ignore") return false;
    const message = `Frame of type ${type} on stream ${id} in its state`;
    throw new Http2Error(message, { code: verdict.code, scope: verdict.scope });
  }

  #judge(id: number, stream: Stream | undefined, type: number): Verdict {
    if (stream !== undefined) return judgeFrame(stream.state, type);
    const state: StreamState = this.#role.isIdle(id) ? "idle" : "closed";
    if (state === "idle") {
      return judgeFrame(state, type === FrameType.HEADERS ? FrameType.DATA : type);
    }
    const closedBy: ClosedBy | undefined = this.#connection.closedStreams.closedBy(id);
    if (closedBy === undefined && type === FrameType.HEADERS && this.#role.name === "server") {
      return { scope: "connection", code: ErrorCode.PROTOCOL_ERROR };
    }
    return closedBy === undefined ? "ignore" : judgeFrame(state, type, closedBy);
  }

  /** A stream error (RFC 9113 §5.4.2): costs the peer a token, as its own resets do (CVE-2025-8671). */
  #failStream(id: number, error: Http2Error): void {
    const stream = this.#connection.streams.get(id);
    if (stream !== undefined) this.#connection.resetStream(stream, error);
    // RFC 9113 §6.4: no RST_STREAM for an idle stream.
    else if (this.#role.isIdle(id)) throw connectionError(error.code, error.message);
    else this.#connection.sendReset(id, error.code);
    this.#limitAnswers();
    this.#connection.countReset();
  }

  #countIdle(): void {
    if (!this.#idleFrames.take()) {
      throw connectionError(ErrorCode.ENHANCE_YOUR_CALM, "Too many frames that carry nothing");
    }
  }

  /** WINDOW_UPDATEs are paid for by DATA sent (as Envoy counts them); others carry nothing. */
  #countUpdate(): void {
    const sent = this.#connection.dataFramesSent;
    if (sent !== this.#seenDataFrames) {
      this.#paidUpdates += (sent - this.#seenDataFrames) * UPDATES_PER_DATA_FRAME;
      this.#seenDataFrames = sent;
    }
    if (this.#paidUpdates > 0) this.#paidUpdates--;
    else this.#countIdle();
  }

  #limitAnswers(): void {
    if (++this.#connection.writer.answers > MAX_WAITING_ANSWERS) {
      throw connectionError(
        ErrorCode.ENHANCE_YOUR_CALM,
        "Too many answers wait for the peer to read",
      );
    }
  }
}

function checkLength(stream: Stream, ended: boolean): void {
  if (stream.expected < 0) return;
  if (stream.received > stream.expected || (ended && stream.received < stream.expected)) {
    throw malformed("message", `content-length is ${stream.expected}, came ${stream.received}`);
  }
}

function malformed(what: string, why: string): Http2Error {
  return streamError(ErrorCode.PROTOCOL_ERROR, `Malformed ${what}: ${why}`);
}

function windowError(id: number, code: ErrorCode, message: string): Http2Error {
  return new Http2Error(message, { code, scope: id === 0 ? "connection" : "stream" });
}
