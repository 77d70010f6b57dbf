// What peers put into fields reaches the handler octet by octet, or is refused; it never throws.
import assert from "node:assert/strict";
import { ErrorCode } from "./errors.ts";
import { type FieldList, fieldValue } from "./fields.ts";
import { Flag, FrameType } from "./frames.ts";
import { OK } from "./testing/answers.ts";
import { testAttack } from "./testing/attack.ts";
import { headersFrame } from "./testing/frame_bytes.ts";
import { RawPeer } from "./testing/raw_peer.ts";
import type { TestServer } from "./testing/test_server.ts";

const ALL_256 = Array.from({ length: 256 }, (_, octet) => String.fromCharCode(octet));
/** RFC 9113 §8.2.1. */
const FORBIDDEN = "\0\r\n";

/** Sends one request for each value of `field`; those the rules allow must reach the handler as they are. */
function everyValue(
  values: readonly string[],
  field: ":path" | ":authority" | ":scheme" | ":method",
): (server: TestServer) => Promise<void> {
  return async (server) => {
    await using peer = await RawPeer.client(server.port);
    for (const [i, value] of values.entries()) {
      const id = 2 * i + 1;
      const fields: FieldList = ([
        [":method", "POST"],
        [":scheme", "http"],
        [":path", "/"],
        [":authority", "a"],
      ] as const).map(([name, usual]) => [name, name === field ? value : usual] as const);
      await peer.send(headersFrame(id, fields, true));
      const forbidden = [...value].some((octet) => FORBIDDEN.includes(octet)) ||
        /^[ \t]|[ \t]$/.test(value);
      if (forbidden) assert.equal(await peer.reset(id), ErrorCode.PROTOCOL_ERROR);
      else {
        const { flags } = await peer.next(FrameType.HEADERS, id);
        assert.equal(flags & Flag.END_STREAM, 0);
        const { payload } = await peer.next(FrameType.DATA, id);
        assert.equal(String.fromCharCode(...payload), value, `octet ${i}`);
      }
    }
  };
}

for (const field of [":path", ":authority", ":scheme", ":method"] as const) {
  testAttack(
    `${field} with each of the 256 octets reaches the handler or is refused`,
    everyValue([...ALL_256, ...ALL_256.map((octet) => `/a${octet}b`)], field),
    {
      onStream: (stream, fields) => {
        stream.sendHeaders(OK);
        const value = fieldValue(fields, field)!;
        stream.sendData(null, Uint8Array.from(value, (char) => char.charCodeAt(0)), true);
        return { onData() {}, onClose() {} };
      },
    },
  );
}

const ODD: FieldList = [
  [":authority", "tmp%2Fx.sock"],
  [":authority", "http://[::1"],
  [":authority", "user:password@host:99999"],
  [":path", "//host/../../etc/passwd"],
  [":path", "*"],
  [":path", "http://absolute/form?x#y"],
  [":path", "?"],
  [":path", "%zz%"],
  [":path", "/\ud800"],
  [":path", "/" + "a".repeat(15_000)],
];

for (const [field, value] of ODD) {
  testAttack(
    `${field} of '${value.slice(0, 30)}' reaches the handler`,
    everyValue([value.replace("\ud800", "\xed\xa0\x80")], field as ":path"),
    {
      onStream: (stream, fields) => {
        stream.sendHeaders(OK);
        const got = fieldValue(fields, field)!;
        stream.sendData(null, Uint8Array.from(got, (char) => char.charCodeAt(0)), true);
        return { onData() {}, onClose() {} };
      },
    },
  );
}
