import assert from "node:assert/strict";
import { authorityOf, formatAddress, parseAddress } from "./address.ts";

Deno.test("an address is a host and a port, an IPv6 literal and a port, or a socket path", () => {
  assert.deepEqual(parseAddress("board.lab:8082"), {
    kind: "tcp",
    hostname: "board.lab",
    port: 8082,
  });
  assert.deepEqual(parseAddress("127.0.0.1:1"), { kind: "tcp", hostname: "127.0.0.1", port: 1 });
  assert.deepEqual(parseAddress("[::1]:65535"), { kind: "tcp", hostname: "::1", port: 65535 });
  assert.deepEqual(parseAddress("unix:/run/x y.sock"), { kind: "unix", path: "/run/x y.sock" });
  assert.deepEqual(parseAddress("unix:///run/x.sock"), { kind: "unix", path: "/run/x.sock" });
  assert.deepEqual(parseAddress("unix:x.sock"), { kind: "unix", path: "x.sock" });
});

Deno.test("what is not an address is refused with the text that was given", () => {
  const wrong = ["", "host", "host:", ":80", "host:0", "host:65536", "host:port", "::1:80"];
  wrong.push("unix:", "unix://x.sock", "http://host:80", "a b:80", "[host]:80");
  for (const text of wrong) {
    assert.throws(
      () => parseAddress(text),
      (error: Error) => error instanceof TypeError && error.message.includes(`'${text}'`),
    );
  }
});

Deno.test("the authority of a request is the address, and localhost for a unix socket", () => {
  assert.equal(authorityOf(parseAddress("board.lab:8082")), "board.lab:8082");
  assert.equal(authorityOf(parseAddress("[::1]:80")), "[::1]:80");
  assert.equal(authorityOf(parseAddress("unix:/tmp/dir/s.sock")), "localhost");
  assert.equal(formatAddress(parseAddress("unix:///tmp/s.sock")), "unix:/tmp/s.sock");
});
