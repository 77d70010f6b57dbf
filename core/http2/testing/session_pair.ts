import type {
  Http2ClientSession,
  Http2Options,
  Http2Session,
  Http2Stream,
  OnStream,
} from "../api.ts";
import type { ByteConn } from "../byte_conn.ts";
import { connectHttp2 } from "../client.ts";
import { serveHttp2 } from "../server.ts";
import { Call, type CallOptions } from "./call.ts";
import { HandlerLedger } from "./handler_ledger.ts";
import { tcpPair } from "./tcp_pair.ts";

/** What a {@linkcode SessionPair} is made of. */
export interface SessionPairOptions {
  /** The server's part. */
  onStream: OnStream;
  /** The client's options. */
  client?: Http2Options;
  /** The server's options. */
  server?: Http2Options;
  /** What carries it, the client's end first; TCP unless told. */
  conns?: () => Promise<[ByteConn, ByteConn]>;
}

/** A client and a server in one process; disposing of it closes both and holds them to what handlers were promised. */
export class SessionPair implements AsyncDisposable {
  /** Streams that the server got, in order. */
  readonly serverStreams: Http2Stream[] = [];
  /** Watches all handlers. */
  readonly ledger: HandlerLedger = new HandlerLedger();

  private constructor(
    conns: [ByteConn, ByteConn],
    options: SessionPairOptions,
    readonly client: Http2ClientSession = connectHttp2(conns[0], options.client),
    readonly server: Http2Session = serveHttp2(
      conns[1],
      (stream, fields, endStream) => {
        this.serverStreams.push(stream);
        const handler = options.onStream(stream, fields, endStream);
        return this.ledger.watch(handler, `server stream ${stream.id}`);
      },
      options.server,
    ),
  ) {}

  /** Opens the connection and starts both ends. */
  static async open(options: SessionPairOptions): Promise<SessionPair> {
    return new SessionPair(await (options.conns ?? tcpPair)(), options);
  }

  /** Makes a request. */
  call(options: CallOptions = {}): Call {
    return new Call(this.client, { ledger: this.ledger, ...options });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    this.server.close();
    await Promise.all([this.client.closed, this.server.closed]);
    this.ledger.assertSettled();
  }
}
