// The server of node:http2, for the tests of our client: run by node and by deno. Without TLS, or with the certificate
// given as arguments. Prints "READY port"; ends with its standard input; the line "shutdown" there sends GOAWAY.
import { readFileSync } from "node:fs";
import { createSecureServer, createServer } from "node:http2";
import process from "node:process";
import { createInterface } from "node:readline";

const PATTERN = Uint8Array.from({ length: 64 << 10 }, (_, i) => (i * 31) ^ (i >> 8));
const settings = { maxConcurrentStreams: 10 };
const [, , cert, key] = process.argv;
const server = cert === undefined
  ? createServer({ settings })
  : createSecureServer({ settings, cert: readFileSync(cert), key: readFileSync(key) });

/** Sends the request's body back as it comes, then its trailers. */
function echo(stream) {
  let trailers = {};
  stream.on("trailers", (fields) => trailers = fields);
  stream.respond({ ":status": 200 }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers(trailers));
  stream.pipe(stream);
}

/** Sends as many bytes of the pattern as were asked for. */
function source(stream, left) {
  stream.respond({ ":status": 200 });
  const more = () => {
    while (left > 0) {
      const bytes = PATTERN.subarray(0, Math.min(left, PATTERN.length));
      left -= bytes.length;
      if (!stream.write(bytes)) return stream.once("drain", more);
    }
    stream.end();
  };
  more();
}

server.on("stream", (stream, headers) => {
  stream.on("error", () => {});
  const path = headers[":path"];
  if (path === "/echo") return echo(stream);
  if (path.startsWith("/bytes/")) return source(stream, Number(path.slice(7)));
  if (path === "/reset") {
    stream.respond({ ":status": 200 });
    return stream.destroy(new Error("reset"));
  }
  if (path === "/early") {
    stream.additionalHeaders({ ":status": 103, "link": "</style.css>; rel=preload" });
  }
  if (path === "/trailers") {
    stream.respond({ ":status": 200 }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "x-trailer": "last" }));
    return stream.end("body");
  }
  stream.respond({ ":status": 200 });
  stream.end(path === "/early" ? "late" : `hello ${headers["x-name"] ?? ""}`);
});

const sessions = new Set();
server.on("session", (session) => {
  sessions.add(session);
  session.on("error", () => {});
  session.on("close", () => sessions.delete(session));
});
server.listen(0, "127.0.0.1", () => console.log(`READY ${server.address().port}`));
const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  if (line !== "shutdown") return;
  for (const session of sessions) session.close();
});
lines.on("close", () => process.exit(0));
