// RFC 9113 §8: what makes a message malformed, and what does not.
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Field, FieldList } from "./fields.ts";
import { checkRequest, checkResponse, checkTrailers } from "./messages.ts";

const METHOD: Field = [":method", "POST"];
const SCHEME: Field = [":scheme", "http"];
const PATH: Field = [":path", "/a"];
const AUTHORITY: Field = [":authority", "host"];
const GOOD: FieldList = [METHOD, SCHEME, PATH, AUTHORITY];

function accepts(fields: FieldList): void {
  assert.equal(typeof checkRequest(fields), "object", JSON.stringify(fields));
}

function refuses(fields: FieldList): void {
  assert.equal(typeof checkRequest(fields), "string", JSON.stringify(fields));
}

Deno.test("a request has one each of :method, :scheme and :path (§8.3.1)", () => {
  accepts(GOOD);
  accepts([PATH, SCHEME, METHOD]);
  for (const field of [METHOD, SCHEME, PATH]) {
    refuses(GOOD.filter((other) => other !== field));
    refuses([...GOOD, field]);
    refuses(GOOD.map((other) => other === field ? [field[0], ""] : other));
  }
  refuses([...GOOD, AUTHORITY]);
});

Deno.test("a request may go without :authority", () => {
  accepts([METHOD, SCHEME, PATH]);
  accepts([METHOD, SCHEME, PATH, ["host", "h"]]);
  accepts([METHOD, SCHEME, PATH, [":authority", ""]]);
});

Deno.test("pseudo-header fields are known ones and stand before all others (§8.3)", () => {
  refuses([...GOOD, [":status", "200"]]);
  refuses([...GOOD, [":protocol", "websocket"]]);
  refuses([...GOOD, [":", "x"]]);
  refuses([METHOD, SCHEME, ["x", "y"], PATH]);
  refuses([...GOOD, ["x", "y"], [":x", "y"]]);
});

Deno.test("CONNECT has :authority and neither :scheme nor :path (§8.5)", () => {
  const connect: Field = [":method", "CONNECT"];
  accepts([connect, AUTHORITY]);
  refuses([connect]);
  refuses([connect, AUTHORITY, SCHEME]);
  refuses([connect, AUTHORITY, PATH]);
});

Deno.test("a field name is a token in lower case (§8.2.1)", () => {
  const good = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz";
  for (let octet = 0; octet < 256; octet++) {
    const char = String.fromCharCode(octet);
    const name = `x${char}x`;
    if (good.includes(char)) accepts([...GOOD, [name, ""]]);
    else refuses([...GOOD, [name, ""]]);
  }
  refuses([...GOOD, ["", "value"]]);
});

Deno.test("a field value has no NUL, CR or LF, and no white space at its ends (§8.2.1)", () => {
  for (let octet = 0; octet < 256; octet++) {
    const char = String.fromCharCode(octet);
    const bad = "\0\r\n".includes(char);
    (bad ? refuses : accepts)([...GOOD, ["x", `a${char}b`]]);
    const badAtEnd = bad || " \t".includes(char);
    (badAtEnd ? refuses : accepts)([...GOOD, ["x", `${char}a`]]);
    (badAtEnd ? refuses : accepts)([...GOOD, ["x", `a${char}`]]);
  }
  accepts([...GOOD, ["x", ""]]);
});

Deno.test("pseudo-header fields keep the rules on values too", () => {
  for (const field of GOOD) {
    for (const value of ["a\0b", "a\rb", "a\nb", " a", "a\t"]) {
      refuses(GOOD.map((other) => other === field ? [field[0], value] : other));
    }
  }
});

Deno.test("the values of -bin fields are any octets (gRPC's true-binary metadata)", () => {
  const all = String.fromCharCode(...Array(256).keys());
  accepts([...GOOD, ["x-bin", all], ["y-bin", " \0 "]]);
  assert.equal(checkTrailers([["grpc-status-details-bin", all]]), undefined);
});

Deno.test("fields of HTTP/1.1 connections have no place (§8.2.2)", () => {
  const forbidden = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
  ];
  for (const name of forbidden) {
    refuses([...GOOD, [name, "x"]]);
    assert.equal(typeof checkResponse([[":status", "200"], [name, "x"]]), "string");
    assert.equal(typeof checkTrailers([[name, "x"]]), "string");
  }
});

Deno.test("te may say trailers and nothing else (§8.2.2)", () => {
  accepts([...GOOD, ["te", "trailers"]]);
  for (const te of ["gzip", "trailers, gzip", "", "trailers;q=1"]) refuses([...GOOD, ["te", te]]);
});

Deno.test("content-length is a number, and several agree (§8.1.1)", () => {
  const lengthOf = (...values: string[]) => {
    const info = checkRequest([...GOOD, ...values.map((v) => ["content-length", v] as const)]);
    return typeof info === "string" ? info : info.contentLength;
  };
  assert.equal(lengthOf(), -1);
  assert.equal(lengthOf("0"), 0);
  assert.equal(lengthOf("12", "12"), 12);
  for (const bad of ["", "-1", "+1", "1.5", "0x10", "1 ", "9".repeat(16), "1e3", "٣"]) {
    assert.equal(typeof lengthOf(bad), "string", bad);
  }
  assert.equal(typeof lengthOf("1", "2"), "string");
});

Deno.test("a response begins with a :status of three digits and has no other pseudo-header field (§8.3.2)", () => {
  const status = (value: string) => checkResponse([[":status", value], ["x", "y"]]);
  for (const good of ["100", "200", "404", "599", "999"]) {
    const info = status(good);
    assert.equal(typeof info === "string" ? info : info.status, Number(good));
  }
  for (const bad of ["", "20", "2000", "099", "abc", "2 0", "+20"]) {
    assert.equal(typeof status(bad), "string", bad);
  }
  const wrong: FieldList[] = [
    [],
    [["x", "y"]],
    [["x", "y"], [":status", "200"]],
    [[":status", "200"], [":status", "200"]],
    [[":status", "200"], [":path", "/"]],
    [[":path", "/"], [":status", "200"]],
  ];
  for (const fields of wrong) assert.equal(typeof checkResponse(fields), "string");
});

Deno.test("a trailer section has no pseudo-header fields (§8.1)", () => {
  assert.equal(checkTrailers([]), undefined);
  assert.equal(checkTrailers([["grpc-status", "0"], ["grpc-message", "a%20b"]]), undefined);
  for (const name of [":status", ":path", ":x", ":"]) {
    assert.equal(typeof checkTrailers([["x", "y"], [name, "200"]]), "string", name);
  }
});

Deno.test("no list of fields makes a check throw", () => {
  const octets = fc.array(fc.nat({ max: 255 }), { maxLength: 20 })
    .map((codes) => String.fromCharCode(...codes));
  const name = fc.oneof(
    octets,
    fc.constantFrom(":method", ":path", ":scheme", ":authority", ":status", "te", "content-length"),
  );
  fc.assert(fc.property(fc.array(fc.tuple(name, octets), { maxLength: 8 }), (fields) => {
    checkRequest(fields);
    checkResponse(fields);
    checkTrailers(fields);
  }));
});
