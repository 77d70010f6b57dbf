import type { Http2Stream, StreamHandler } from "./api.ts";
import type { Connection } from "./connection.ts";
import { ErrorCode, Http2Error } from "./errors.ts";
import type { FieldList } from "./fields.ts";
import { ReceiveWindow, SendWindow } from "./flow.ts";
import { Flag } from "./frames.ts";
import { DEFAULT_WINDOW, PACE_FROM_WINDOW, STREAM_HIGH_WATER } from "./limits.ts";
import { Pace } from "./pace.ts";
import type { Sender } from "./scheduler.ts";
import { SendQueue } from "./send_queue.ts";
import { maySend, nextState, type StreamState } from "./stream_state.ts";

/** A stream of a {@linkcode Connection}; its users see {@linkcode Http2Stream}. */
export class Stream implements Http2Stream, Sender {
  id = 0;
  state: StreamState = "idle";
  inLine = false;
  handler: StreamHandler | null = null;
  readonly sendWindow: SendWindow;
  readonly pace: Pace;
  readonly receiveWindow: ReceiveWindow;
  /** Octets given to the user and not yet consumed. */
  unconsumed = 0;
  /** Octets of payload received. */
  received = 0;
  /** What content-length promised, -1 when it was not there. */
  expected = -1;
  /** Whether the final header section came. */
  headersReceived = false;
  /** Whether this end sent its header section: such a stream's reset costs the peer something. */
  headersSent = false;
  /** Whether this is the response to HEAD, which has no payload whatever it says. */
  isHead = false;
  /** Set when the stream is over: `onClose` got this. */
  outcome: { error: Http2Error | null } | null = null;
  /** A client's header section, while the stream waits for its turn to open. */
  waitingFields: FieldList | null = null;

  readonly #connection: Connection;
  readonly #queue = new SendQueue();
  #ending = false;
  #trailers: FieldList | null = null;
  #wantsWritable = false;

  /** A stream in state idle. */
  constructor(connection: Connection) {
    this.#connection = connection;
    this.sendWindow = new SendWindow(connection.peerSettings.initialWindowSize);
    this.pace = new Pace(connection.path);
    const { initialWindowSize } = connection.localSettings;
    // RFC 9113 §6.9.2: before it has seen our SETTINGS, the peer takes the window for 65,535.
    const slack = connection.settingsAcknowledged ? 0 : DEFAULT_WINDOW - initialWindowSize;
    this.receiveWindow = new ReceiveWindow(initialWindowSize, Math.max(0, slack));
  }

  get bufferedBytes(): number {
    return this.#queue.bytes;
  }

  get sendClosed(): boolean {
    return this.#ending || this.outcome !== null || !this.#maySendOrWaits();
  }

  sendInformational(fields: FieldList): void {
    if (this.sendClosed || this.headersSent) return;
    this.#connection.sendHeaders(this.id, fields, false);
  }

  sendHeaders(fields: FieldList, endStream = false): void {
    if (this.sendClosed || this.headersSent) return;
    this.headersSent = true;
    this.#connection.sendHeaders(this.id, fields, endStream);
    if (endStream) this.#sentEnd();
  }

  sendData(head: Uint8Array | null, body: Uint8Array | null, endStream: boolean): boolean {
    if (this.sendClosed) return true;
    const length = (head === null ? 0 : head.length) + (body === null ? 0 : body.length);
    const connection = this.#connection;
    if (
      this.#queue.isEmpty && this.id !== 0 &&
      (length === 0 || (length <= this.#room && connection.canSend(length)))
    ) {
      if (length > 0 || endStream) {
        this.#count(length);
        connection.sendData(this.id, head, body, length, endStream ? Flag.END_STREAM : 0);
        if (endStream) this.#sentEnd();
      }
      return true;
    }
    if (length > 0) this.#queue.push(head, body);
    if (endStream) this.#ending = true;
    this.schedule();
    if (this.#queue.bytes < STREAM_HIGH_WATER) return true;
    this.#wantsWritable = true;
    return false;
  }

  sendTrailers(fields: FieldList): void {
    if (this.sendClosed) return;
    if (!this.#queue.isEmpty || this.id === 0) {
      this.#ending = true;
      this.#trailers = fields;
      return;
    }
    this.#connection.sendHeaders(this.id, fields, true);
    this.#sentEnd();
  }

  reset(code: ErrorCode): void {
    if (this.outcome !== null) return;
    this.#connection.resetStream(
      this,
      new Http2Error("Stream was reset by this end", {
        code,
        scope: "stream",
        unprocessed: this.id === 0,
      }),
    );
  }

  consume(octets: number): void {
    if (this.outcome !== null || octets === 0) return;
    const counted = Math.min(octets, this.unconsumed);
    this.unconsumed -= counted;
    this.#connection.consume(counted);
    if (this.state === "half-closed (remote)") return;
    const increment = this.receiveWindow.consume(counted);
    if (increment > 0) this.#connection.sendWindowUpdate(this.id, increment);
  }

  /** Gets in line for sending, if there is something to send and a window for it. */
  schedule(): void {
    if (this.inLine || this.id === 0 || this.outcome !== null) return;
    if (this.#queue.isEmpty ? this.#ending : this.#room > 0) this.#connection.schedule(this);
    else if (!this.#queue.isEmpty) this.#hold();
  }

  /** One DATA frame of what waits, or the end. */
  sendOne(): boolean {
    if (this.outcome !== null) return false;
    if (!this.#queue.isEmpty) {
      const octets = Math.min(this.#queue.firstLength, this.#room, this.#connection.sendable);
      if (octets <= 0) return this.#wantsTurn();
      this.#count(octets);
      const last = this.#ending && this.#trailers === null && octets === this.#queue.bytes;
      this.#queue.take(octets, (head, body) => {
        this.#connection.sendData(this.id, head, body, octets, last ? Flag.END_STREAM : 0);
      });
      if (last) this.#sentEnd();
      else this.#maybeWritable();
      if (this.#queue.isEmpty && this.#trailers !== null) this.#sendWaitingTrailers();
      return this.#wantsTurn();
    }
    if (this.#trailers !== null) this.#sendWaitingTrailers();
    else if (this.#ending && maySend(this.state)) {
      this.#connection.sendData(this.id, null, null, 0, Flag.END_STREAM);
      this.#sentEnd();
    }
    return false;
  }

  /** A client's stream gets its turn: the header section goes out, and what was sent meanwhile. */
  open(id: number, fields: FieldList, endStream: boolean): void {
    this.id = id;
    this.waitingFields = null;
    this.headersSent = true;
    this.state = nextState(this.state, "send H");
    this.sendWindow.available = this.#connection.peerSettings.initialWindowSize;
    this.#connection.sendHeaders(id, fields, endStream);
    if (endStream) this.#sentEnd();
    else if (this.#queue.isEmpty && this.#ending) this.sendOne(); // an end needs no window
    else this.schedule();
  }

  /** The peer's END_STREAM. */
  receivedEnd(): void {
    this.state = nextState(this.state, "recv ES");
    if (this.state === "closed") this.#connection.closeStream(this, null, "both ended");
  }

  /** Ends it for the user. Called by the connection only, once. */
  finish(error: Http2Error | null): void {
    this.outcome = { error };
    this.state = "closed";
    this.#queue.clear();
    this.#trailers = null;
    try {
      this.handler?.onClose(error);
    } catch {
      // The stream is over for everybody: there is nobody left to tell.
    }
  }

  /** An informational response for the user. */
  deliverInformational(fields: FieldList): void {
    try {
      this.handler!.onInformational?.(fields);
    } catch (cause) {
      this.handlerFailed(cause);
    }
  }

  /** The response's header section for the user. */
  deliverHeaders(fields: FieldList, endStream: boolean): void {
    try {
      this.handler!.onHeaders?.(fields, endStream);
    } catch (cause) {
      this.handlerFailed(cause);
    }
  }

  /** Payload for the user. */
  deliverData(data: Uint8Array, endStream: boolean): void {
    try {
      this.handler!.onData(data, endStream);
    } catch (cause) {
      this.handlerFailed(cause);
    }
  }

  /** The trailer section for the user; one who does not look at trailers just learns of the end. */
  deliverTrailers(fields: FieldList): void {
    try {
      if (this.handler!.onTrailers) this.handler!.onTrailers(fields);
      else this.handler!.onData(new Uint8Array(0), true);
    } catch (cause) {
      this.handlerFailed(cause);
    }
  }

  /** The user's code threw: that ends this stream and nothing else, whatever it threw. */
  handlerFailed(cause: unknown): void {
    if (this.outcome !== null) return;
    this.#connection.resetStream(
      this,
      new Http2Error("Handler of the stream failed", {
        code: ErrorCode.INTERNAL_ERROR,
        scope: "stream",
        cause,
      }),
    );
  }

  /** WINDOW_UPDATE, or SETTINGS with another INITIAL_WINDOW_SIZE; `false` when the window would be too large. */
  grow(octets: number, acknowledgement: boolean): boolean {
    if (acknowledgement) this.pace.acknowledged(octets);
    if (!this.sendWindow.grow(octets)) return false;
    this.schedule();
    return true;
  }

  get #room(): number {
    const paced = this.#connection.peerSettings.initialWindowSize >= PACE_FROM_WINDOW;
    return paced && !this.pace.mayGo ? 0 : this.sendWindow.available;
  }

  #count(octets: number): void {
    this.sendWindow.available -= octets;
    this.pace.sent(octets);
  }

  #wantsTurn(): boolean {
    if (this.outcome !== null || this.#queue.isEmpty) return false;
    if (this.#room > 0) return true;
    this.#hold();
    return false;
  }

  /** Waits for the peer; if only the pace holds it, the connection looks again soon. */
  #hold(): void {
    if (this.sendWindow.available > 0) {
      this.pace.held();
      this.#connection.holdForPace(this);
    }
  }

  #sendWaitingTrailers(): void {
    const fields = this.#trailers!;
    this.#trailers = null;
    this.#connection.sendHeaders(this.id, fields, true);
    this.#sentEnd();
  }

  #sentEnd(): void {
    this.#ending = true;
    this.state = nextState(this.state, "send ES");
    if (this.state === "closed") this.#connection.closeStream(this, null, "both ended");
  }

  #maySendOrWaits(): boolean {
    return maySend(this.state) || this.waitingFields !== null;
  }

  #maybeWritable(): void {
    if (this.#wantsWritable && this.#queue.bytes <= STREAM_HIGH_WATER / 2) {
      this.#wantsWritable = false;
      try {
        this.handler?.onWritable?.();
      } catch (cause) {
        this.handlerFailed(cause);
      }
    }
  }
}
