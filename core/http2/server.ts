import type { Http2Options, Http2Session, OnStream } from "./api.ts";
import type { ByteConn } from "./byte_conn.ts";
import { Connection, type Role } from "./connection.ts";
import { ErrorCode, streamError } from "./errors.ts";
import type { FieldList } from "./fields.ts";
import { checkRequest, type MessageInfo } from "./messages.ts";
import { Stream } from "./stream.ts";
import { nextState } from "./stream_state.ts";

/** Answer to a header section over the limit (RFC 6585 §5). */
const TOO_LARGE: FieldList = Object.freeze([[":status", "431"] as const]);

/**
 * Serves HTTP/2 with prior knowledge on a connection: the client's preface is what comes first.
 *
 * `onStream` is called with each new stream once its header section is complete and well-formed (RFC 9113 §8).
 */
export function serveHttp2(
  conn: ByteConn,
  onStream: OnStream,
  options: Http2Options = {},
): Http2Session {
  const role = new ServerRole(onStream);
  role.connection = new Connection(conn, role, options);
  return role.connection;
}

class ServerRole implements Role {
  readonly name = "server";
  readonly waiting = 0;
  connection!: Connection;
  readonly #onStream: OnStream;
  #checked: FieldList | null = null;
  #checkedInfo: MessageInfo | null = null;

  constructor(onStream: OnStream) {
    this.#onStream = onStream;
  }

  isIdle(id: number): boolean {
    const { lastPeerStream, acceptUpTo } = this.connection;
    return id % 2 === 0 || (id > lastPeerStream && id <= acceptUpTo);
  }

  openedByPeer(id: number, fields: FieldList, endStream: boolean, tooLarge: boolean): void {
    const connection = this.connection;
    // After GOAWAY, streams above the limit it named are nobody's (RFC 9113 §6.8).
    if (id > connection.acceptUpTo) return;
    connection.lastPeerStream = id;
    if (connection.streams.size >= connection.localSettings.maxConcurrentStreams) {
      // What follows on it, sent before the peer knows, is passed over.
      connection.closedStreams.add(id, "local reset");
      throw streamError(ErrorCode.REFUSED_STREAM, "Too many streams at once");
    }
    const stream = new Stream(connection);
    stream.id = id;
    stream.state = nextState(stream.state, "recv H");
    if (endStream) stream.state = nextState(stream.state, "recv ES");
    stream.headersReceived = true;
    connection.streams.set(id, stream);
    if (tooLarge) {
      stream.sendHeaders(TOO_LARGE, true);
      return stream.reset(ErrorCode.NO_ERROR);
    }
    const info = this.#check(fields);
    stream.expected = info.contentLength;
    if (endStream && info.contentLength > 0) {
      throw streamError(
        ErrorCode.PROTOCOL_ERROR,
        "Malformed request: content-length without content",
      );
    }
    try {
      stream.handler = this.#onStream(stream, fields, endStream);
    } catch (cause) {
      return stream.handlerFailed(cause);
    }
    if (stream.outcome !== null) stream.finish(stream.outcome.error);
  }

  settingsReceived(): void {}

  gaveUp(): void {}

  roomForStreams(): void {}

  /** A client that leaves gets its answers; then nothing keeps the connection. */
  goawayReceived(): void {
    if (this.connection.streams.size === 0) this.connection.close();
  }

  /** The decoder returns the same list for the same block, so that repeated calls are checked once. */
  #check(fields: FieldList): MessageInfo {
    if (fields === this.#checked) return this.#checkedInfo!;
    const info = checkRequest(fields);
    if (typeof info === "string") {
      throw streamError(ErrorCode.PROTOCOL_ERROR, `Malformed request: ${info}`);
    }
    this.#checked = fields;
    this.#checkedInfo = info;
    return info;
  }
}
