import type { PresignedRequest } from "./presigned.ts";
import type { PresignedDeadline } from "./presigned_deadline.ts";
import { HttpExchange, type ResponseHead } from "./presigned_exchange.ts";
import { isSameOrigin, parseRawUrl, resolveLocation } from "./presigned_url.ts";

/** As upstream's exporter and most browsers: enough for any mirror, few enough to end a loop. */
const MAX_REDIRECTS = 10;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Headers that must not reach another server than they were meant for, by the beginning of their names. */
const CREDENTIALS = [
  "authorization",
  "cookie",
  "proxy-authorization",
  "x-amz-",
  "x-ms-",
  "x-goog-",
];

/** Headers that belong to the connection: they are ours to set. */
const OURS: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "transfer-encoding",
]);

/** How long a server may take to say `100 Continue`; after that the body is sent unasked (1 s, as curl). */
const CONTINUE_MS = 1_000;

/** A connection on which a request has been sent and all redirects are behind it. */
export interface PresignedConnection {
  /** The connection. */
  readonly exchange: HttpExchange;
  /** The response; of a PUT it is there only if the server answered before the body. */
  readonly head: ResponseHead | undefined;
}

/**
 * Sends the request, to wherever redirects lead. The caller closes the exchange.
 *
 * @param length bytes of the body of a PUT, where they are known
 */
export async function connectPresigned(
  request: PresignedRequest,
  deadline: PresignedDeadline,
  length?: number,
): Promise<PresignedConnection> {
  let headers = checkedHeaders(request.headers);
  // From the start again, the second time too: only there it is known who may have the credentials.
  deadline.url = request.url;
  for (let redirects = 0;; redirects++) {
    const url = parseRawUrl(deadline.url);
    const exchange = await HttpExchange.open(url, deadline.signal);
    const close = (): void => exchange.close();
    deadline.signal.addEventListener("abort", close, { once: true });
    let kept = false;
    try {
      const credentials = url.credentials === undefined
        ? []
        : basicHeader(url.credentials, headers);
      await exchange.sendHead(request.method, [
        ...headers,
        ...credentials,
        ...ownHeaders(request, length),
      ]);
      const head = request.method === "GET"
        ? await exchange.head()
        : await exchange.continued(CONTINUE_MS);
      if (head === undefined || !REDIRECTS.has(head.status)) {
        kept = true;
        return { exchange, head };
      }
      if (redirects === MAX_REDIRECTS) {
        throw deadline.broken(`request failed: Too many redirects (${MAX_REDIRECTS})`);
      }
      if (head.status === 303 && request.method === "PUT") {
        throw deadline.broken("request failed: status=303 redirects an upload to a page,");
      }
      const location = head.headers.get("location");
      if (location === undefined) {
        throw deadline.broken(
          `request failed: status=${head.status} redirect missing Location header`,
        );
      }
      // Each character is one byte here, and those beyond ASCII are not allowed: keep their bytes.
      const target = resolveLocation(deadline.url, location.replace(/[^\x20-\x7e]/g, percent));
      if (!isSameOrigin(url, parseRawUrl(target))) headers = headers.filter(isNoCredential);
      deadline.url = target;
    } finally {
      if (!kept) {
        deadline.signal.removeEventListener("abort", close);
        exchange.close();
      }
    }
  }
}

function checkedHeaders(headers: Readonly<Record<string, string>>): [string, string][] {
  const list = Object.entries(headers).filter(([name]) => !OURS.has(name.toLowerCase()));
  for (const [name, value] of list) {
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/i.test(name)) {
      throw new SyntaxError(
        `Cannot send header: its name is not allowed: current value is '${name}'`,
      );
    }
    if (/[\0\r\n]/.test(value)) {
      throw new SyntaxError(`Cannot send header ${name}: its value has more than one line`);
    }
  }
  return list;
}

function ownHeaders(request: PresignedRequest, length: number | undefined): [string, string][] {
  const given = new Set(Object.keys(request.headers).map((name) => name.toLowerCase()));
  const own: [string, string][] = [["Accept", "*/*"], ["User-Agent", "jumpstarter"]];
  if (request.method === "GET") own.push(["Accept-Encoding", "identity"]);
  else {
    own.push(
      length === undefined ? ["Transfer-Encoding", "chunked"] : ["Content-Length", String(length)],
      ["Expect", "100-continue"],
    );
  }
  return own.filter(([name]) => !given.has(name.toLowerCase()));
}

function basicHeader(value: string, headers: readonly [string, string][]): [string, string][] {
  const given = headers.some(([name]) => name.toLowerCase() === "authorization");
  return given ? [] : [["Authorization", value]];
}

function isNoCredential([name]: readonly [string, string]): boolean {
  const lower = name.toLowerCase();
  return !CREDENTIALS.some((prefix) => lower.startsWith(prefix));
}

function percent(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}
