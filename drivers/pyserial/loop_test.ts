import assert from "node:assert/strict";
import { serveDriver } from "@jumpstarter/testing/serve_driver";
import { PySerialClient } from "./client.ts";
import { PySerial } from "./driver.ts";

const encoder = new TextEncoder();

Deno.test("loop:// gives back what is sent, to the same stream only, and ends with it", async () => {
  await using device = await serveDriver(PySerial, { config: { url: "loop://" } });
  const serial = device.get("", PySerialClient);
  await using one = await serial.connect();
  await using other = await serial.connect();
  const writer = one.writable.getWriter();
  const otherWriter = other.writable.getWriter();
  await writer.write(encoder.encode("one"));
  await otherWriter.write(encoder.encode("other"));
  await writer.close();
  await otherWriter.close();
  assert.equal(await new Response(one.readable).text(), "one");
  assert.equal(await new Response(other.readable).text(), "other");
});

Deno.test("a console on loop:// finds the lines that it sends", async () => {
  await using device = await serveDriver(PySerial, { config: { url: "loop://" } });
  await using board = await device.get("", PySerialClient).console();
  for (let line = 0; line < 20; line++) {
    await board.sendLine(`mark ${line}`);
    await board.expect(`mark ${line}`);
  }
});

Deno.test("close ends the streams of loop:// in order", async () => {
  await using device = await serveDriver(PySerial, { config: { url: "loop://" } });
  const serial = device.get("", PySerialClient);
  await using stream = await serial.connect();
  await stream.writable.getWriter().write(encoder.encode("last words"));
  const reader = stream.readable.getReader();
  assert.equal(new TextDecoder().decode((await reader.read()).value), "last words");
  await serial.close({});
  assert.equal((await reader.read()).done, true);
});

Deno.test("loop:// joins the modem lines as pyserial does", async () => {
  await using device = await serveDriver(PySerial, { config: { url: "loop://" } });
  const serial = device.get("", PySerialClient);
  await serial.setDtr({ value: false });
  const { dtr, dsr, rts, cts, cd, ri } = await serial.getModemLines();
  assert.deepEqual({ dtr, dsr, rts, cts, cd, ri }, {
    dtr: false,
    dsr: false,
    rts: true,
    cts: true,
    cd: true,
    ri: false,
  });
});

Deno.test("cps slows loop:// down, also from chunk to chunk", async () => {
  await using device = await serveDriver(PySerial, { config: { url: "loop://", cps: 200 } });
  await using stream = await device.get("", PySerialClient).connect();
  const started = performance.now();
  const writer = stream.writable.getWriter();
  for (const piece of ["0123456789", "0123456789", "x"]) await writer.write(encoder.encode(piece));
  await writer.close();
  assert.equal(await new Response(stream.readable).text(), "01234567890123456789x");
  assert.ok(performance.now() - started >= 20 * 5 - 1);
});
