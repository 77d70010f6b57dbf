import { ConnReader } from "./presigned_reader.ts";
import type { RawUrl } from "./presigned_url.ts";

/** The first part of a response. */
export interface ResponseHead {
  /** 100–599. */
  readonly status: number;
  /** The text after it, which may be empty. */
  readonly reason: string;
  /** Header fields by their names in lower case; of a name that came twice the values are joined. */
  readonly headers: ReadonlyMap<string, string>;
}

/** Chunks below this go out in one write with their frame; copying them costs less than another system call. */
const JOIN_BYTES = 16 * 1024;

/** The longest head of a response, as browsers take it. */
const MAX_HEAD_BYTES = 256 * 1024;

const TEXT = new TextEncoder();
const CRLF = TEXT.encode("\r\n");

/**
 * One HTTP/1.1 request and its response on a connection of its own (RFC 9112).
 *
 * Not `fetch`: that rewrites URLs, which breaks signed ones, and cannot wait for `100 Continue`. Not `node:http`: on
 * Deno 2.6 it rewrites URLs too.
 */
export class HttpExchange {
  readonly #conn: Deno.Conn;
  readonly #reader: ConnReader;
  readonly #url: RawUrl;
  /** Ends the chunk before, or nothing before the first. */
  #separator: Uint8Array = new Uint8Array(0);
  #head: Promise<ResponseHead> | undefined;
  #onContinue: (() => void) | undefined;
  #closed = false;

  private constructor(conn: Deno.Conn, url: RawUrl) {
    this.#conn = conn;
    this.#reader = new ConnReader(conn);
    this.#url = url;
  }

  /** Connects to the URL's host. */
  static async open(url: RawUrl, signal: AbortSignal): Promise<HttpExchange> {
    signal.throwIfAborted();
    const { hostname, port } = url;
    const connecting: Promise<Deno.Conn> = url.tls
      ? connectTls(hostname, port)
      : Deno.connect({ hostname, port });
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      const conn = await Promise.race([connecting, aborted]);
      return new HttpExchange(conn, url);
    } catch (error) {
      connecting.then((conn) => conn.close(), () => {});
      throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** Sends the request's head. */
  async sendHead(method: string, headers: Iterable<readonly [string, string]>): Promise<void> {
    let head = `${method} ${this.#url.target} HTTP/1.1\r\nHost: ${this.#url.host}\r\n`;
    for (const [name, value] of headers) head += `${name}: ${value}\r\n`;
    await this.#write(TEXT.encode(`${head}Connection: close\r\n\r\n`));
  }

  /** Sends bytes of a body with `Transfer-Encoding: chunked`. */
  async sendChunk(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    const size = TEXT.encode(`${bytes.length.toString(16)}\r\n`);
    const before = this.#separator;
    this.#separator = CRLF;
    if (bytes.length < JOIN_BYTES) return await this.#write(concat(before, size, bytes));
    await this.#write(concat(before, size));
    await this.#write(bytes);
  }

  /** Sends bytes of a body with `Content-Length`. */
  async sendPlain(bytes: Uint8Array): Promise<void> {
    await this.#write(bytes);
  }

  /** Ends a body of chunks. */
  async sendEnd(): Promise<void> {
    await this.#write(concat(this.#separator, TEXT.encode("0\r\n\r\n")));
  }

  /**
   * The head of the final response.
   *
   * @throws {Deno.errors.InvalidData} if it is no HTTP
   */
  head(): Promise<ResponseHead> {
    return this.#head ??= this.#readFinalHead();
  }

  /**
   * Waits until the server asks for the body (`100 Continue`), but no longer than `ms`.
   *
   * @returns the final response if that came instead
   */
  async continued(ms: number): Promise<ResponseHead | undefined> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(resolve, ms, undefined);
    this.#onContinue = () => resolve(undefined);
    const head = this.head();
    head.catch(() => {}); // whoever sends the body asks again
    try {
      return await Promise.race([head, promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #readFinalHead(): Promise<ResponseHead> {
    for (;;) {
      const head = await this.#readHead();
      if (head.status >= 200) return head;
      this.#onContinue?.();
    }
  }

  async #readHead(): Promise<ResponseHead> {
    const start = await this.#reader.line();
    const [, status, reason] = /^HTTP\/1\.[0-9] ([1-5][0-9]{2})(?: (.*))?$/.exec(start) ?? [];
    if (status === undefined) {
      throw new Deno.errors.InvalidData("The answer is no HTTP/1.1");
    }
    const headers = new Map<string, string>();
    for (let total = 0;;) {
      const line = await this.#reader.line();
      if (line === "") break;
      total += line.length;
      if (total > MAX_HEAD_BYTES) {
        throw new Deno.errors.InvalidData("The response's head is too long");
      }
      const colon = line.indexOf(":");
      if (colon <= 0) continue;
      const name = line.slice(0, colon).toLowerCase();
      const value = line.slice(colon + 1).trim();
      const before = headers.get(name);
      headers.set(name, before === undefined ? value : `${before}, ${value}`);
    }
    return { status: Number(status), reason: reason ?? "", headers };
  }

  /**
   * The response's body, chunks as they come; it must be read no further than its end.
   *
   * @throws {Deno.errors.UnexpectedEof} if it is cut short
   */
  async *body(head: ResponseHead): AsyncGenerator<Uint8Array, void, void> {
    const coding = head.headers.get("transfer-encoding")?.toLowerCase();
    if (coding !== undefined) {
      if (coding !== "chunked") {
        throw new Deno.errors.InvalidData(`The transfer encoding '${coding}' is not known`);
      }
      return yield* this.#chunks();
    }
    const length = contentLength(head);
    if (length !== undefined) return yield* this.#exactly(length);
    for (let bytes; (bytes = await this.#reader.some(Infinity)) !== null;) yield bytes;
  }

  async *#chunks(): AsyncGenerator<Uint8Array, void, void> {
    for (;;) {
      const line = await this.#reader.line();
      const [, digits] = /^([0-9a-f]{1,13})[ \t]*(?:;.*)?$/i.exec(line) ?? [];
      if (digits === undefined) throw new Deno.errors.InvalidData("A chunk's size is no number");
      const size = parseInt(digits, 16);
      if (size === 0) break;
      yield* this.#exactly(size);
      if (await this.#reader.line() !== "") {
        throw new Deno.errors.InvalidData("A chunk is longer than its size");
      }
    }
    while (await this.#reader.line() !== "");
  }

  async *#exactly(length: number): AsyncGenerator<Uint8Array, void, void> {
    for (let rest = length; rest > 0;) {
      const bytes = await this.#reader.some(rest);
      if (bytes === null) {
        throw new Deno.errors.UnexpectedEof(`The body ends ${rest} of ${length} bytes too early`);
      }
      rest -= bytes.length;
      yield bytes;
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
  }

  /** Closes the connection; what is under way on it fails. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#conn.close();
  }
}

async function connectTls(hostname: string, port: number): Promise<Deno.TlsConn> {
  const conn = await Deno.connectTls({ hostname, port, alpnProtocols: ["http/1.1"] });
  try {
    await conn.handshake();
    return conn;
  } catch (error) {
    conn.close();
    throw error;
  }
}

/** The body's size in bytes, where the head tells it. */
export function contentLength(head: ResponseHead): number | undefined {
  const text = head.headers.get("content-length");
  return text !== undefined && /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
