import assert from "node:assert/strict";
import { parseSerialUrl } from "./url.ts";

Deno.test("a url is a path, loop://, socket:// or rfc2217://", () => {
  assert.deepEqual(parseSerialUrl("/dev/ttyUSB0"), { kind: "tty", path: "/dev/ttyUSB0" });
  assert.deepEqual(parseSerialUrl("loop://"), { kind: "loop" });
  assert.deepEqual(parseSerialUrl("socket://server:4001"), {
    kind: "socket",
    hostname: "server",
    port: 4001,
  });
  assert.deepEqual(parseSerialUrl("rfc2217://[::1]:2217/?ign_set_control&timeout=3"), {
    kind: "rfc2217",
    hostname: "::1",
    port: 2217,
    confirm: false,
  });
});

Deno.test("other urls are refused with what is known", () => {
  assert.throws(() => parseSerialUrl("spy:///dev/ttyS0"), /loop:\/\/, socket:\/\/HOST:PORT/);
  assert.throws(() => parseSerialUrl("socket://server"), /with a port from 1 to 65535/);
  assert.throws(() => parseSerialUrl("socket://server:70000"), /with a port from 1 to 65535/);
  assert.throws(() => parseSerialUrl("rfc2217://server:1?logo=1"), /known are logging/);
  assert.throws(() => parseSerialUrl(""), /must not be empty/);
});
