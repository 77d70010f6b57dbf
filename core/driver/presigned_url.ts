/** An http(s) URL taken apart without changing a byte of its path and query, which may be signed. */
export interface RawUrl {
  /** Whether it is `https`. */
  readonly tls: boolean;
  /** The name or address to connect to; IPv6 without brackets. */
  readonly hostname: string;
  /** The port to connect to, 1–65,535. */
  readonly port: number;
  /** What the `Host` header says. */
  readonly host: string;
  /** What the request line says: path and query. */
  readonly target: string;
  /** User name and password of the URL, as `Authorization: Basic` sends them. */
  readonly credentials: string | undefined;
}

const HTTP_URL = /^(https?):\/\/([^/?#\\]*)([^#]*)/i;

/**
 * Takes a URL apart. Unlike `new URL`, it leaves `%7e`, `..` and `'` as they stand; only characters that cannot
 * stand in a request line are percent-encoded.
 *
 * @throws {SyntaxError} if it is no http(s) URL.
 */
export function parseRawUrl(url: string): RawUrl {
  const [, scheme, authority, rest] = HTTP_URL.exec(url) ?? [];
  if (scheme === undefined) {
    throw new SyntaxError(
      `Cannot use URL: it must begin with http:// or https://: current value is '${
        redactUrl(url)
      }'`,
    );
  }
  const at = authority.lastIndexOf("@");
  const userinfo = at < 0 ? undefined : authority.slice(0, at);
  let parsed: URL;
  try {
    // The host alone: this checks it, and turns international names into ASCII.
    parsed = new URL(`${scheme}://${authority.slice(at + 1)}/`);
  } catch {
    throw new SyntaxError(
      `Cannot use URL: its host is no host: current value is '${redactUrl(url)}'`,
    );
  }
  const tls = parsed.protocol === "https:";
  return {
    tls,
    hostname: parsed.hostname.replace(/^\[|\]$/g, ""),
    port: parsed.port === "" ? (tls ? 443 : 80) : Number(parsed.port),
    host: parsed.host,
    target: printable(rest.startsWith("/") ? rest : `/${rest}`),
    credentials: userinfo === undefined ? undefined : basic(userinfo),
  };
}

/**
 * Where a `Location` leads (RFC 9110 §10.2.2): an absolute URL is kept as it stands, a relative one is
 * resolved against `base` (RFC 3986 §5.2) with nothing but dot segments changed.
 */
export function resolveLocation(base: string, location: string): string {
  if (/^[a-z][a-z0-9+.-]*:/i.test(location)) return location;
  const [, scheme, authority, rest] = HTTP_URL.exec(base)!;
  if (location.startsWith("//")) return `${scheme}:${location}`;
  const origin = `${scheme}://${authority}`;
  if (location.startsWith("/")) return origin + location;
  const path = rest.split("?")[0] || "/";
  if (location === "" || location.startsWith("#")) return origin + rest;
  if (location.startsWith("?")) return origin + path + location;
  const [relative, ...query] = location.split("?");
  const merged = path.slice(0, path.lastIndexOf("/") + 1) + relative;
  return origin + withoutDots(merged) + query.map((part) => `?${part}`).join("");
}

/** Whether two URLs have the same scheme, host and port. */
export function isSameOrigin(a: RawUrl, b: RawUrl): boolean {
  return a.tls === b.tls && a.hostname === b.hostname && a.port === b.port;
}

/** The URL as messages show it: without user, password and query, which may let anybody in. */
export function redactUrl(url: string): string {
  const [, scheme, authority, rest] = HTTP_URL.exec(url) ?? [];
  // What is no URL is cut short: it may be a credential that went astray.
  if (scheme === undefined) return url.split(/[?#]/)[0].slice(0, 80);
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  const question = rest.indexOf("?");
  const path = question < 0 ? rest : `${rest.slice(0, question)}?[REDACTED]`;
  return `${scheme}://${host}${path}`;
}

/** RFC 3986 §5.2.4. */
function withoutDots(path: string): string {
  const kept: string[] = [];
  const segments = path.split("/").slice(1);
  segments.forEach((segment, i) => {
    const last = i === segments.length - 1;
    if (segment === "..") kept.pop();
    else if (segment !== ".") kept.push(segment);
    if (last && (segment === "." || segment === "..")) kept.push("");
  });
  return `/${kept.join("/")}`;
}

/** Percent-encodes what cannot stand in a request line: white space, control characters, and all beyond ASCII. */
function printable(target: string): string {
  return target.toWellFormed().replace(/[^\x21-\x7e]+/g, (text) => encodeURIComponent(text));
}

function basic(userinfo: string): string {
  const [user, ...password] = userinfo.split(":").map(decodeLeniently);
  const bytes = new TextEncoder().encode(`${user}:${password.join(":")}`);
  return `Basic ${bytes.toBase64()}`;
}

function decodeLeniently(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
