import assert from "node:assert/strict";
import { DeviceError } from "@jumpstarter/core/client";
import { serveDriver } from "@jumpstarter/testing/serve_driver";
import { apparentPower, MockPower, PowerClient, SyncMockPower } from "./mod.ts";

Deno.test("a mock power switch reads 0 V 0 A, then 5 V 2 A, by either name", async () => {
  for (const definition of [MockPower, SyncMockPower]) {
    await using device = await serveDriver(definition);
    const power = device.get("", PowerClient);
    await power.on();
    const readings = await Array.fromAsync(power.read());
    assert.deepEqual(readings.map(({ voltage, current }) => [voltage, current]), [[0, 0], [5, 2]]);
    assert.equal(apparentPower(readings[1]), 10);
    assert.deepEqual(await Array.fromAsync(power.node.callStreaming("read")), [
      { voltage: 0, current: 0 },
      { voltage: 5, current: 2 },
    ]);
  }
});

Deno.test("a power cycle is off, a wait, and on, and the log says so", async () => {
  await using device = await serveDriver(MockPower);
  const power = device.get("", PowerClient);
  const start = performance.now();
  await power.cycle({ waitSeconds: 0.05 });
  assert.ok(performance.now() - start >= 45);
  const said: string[] = [];
  for await (const { message, origin } of device.logs()) {
    if (origin === "driver" && message.startsWith("power ")) said.push(message);
    if (said.length === 2) break;
  }
  assert.deepEqual(said, ["power off", "power on"]);
});

Deno.test("a power cycle ends with its signal, between off and on", async () => {
  await using device = await serveDriver(MockPower);
  const power = device.get("", PowerClient);
  const signal = AbortSignal.timeout(50);
  await assert.rejects(power.cycle({ waitSeconds: 3600, signal }), { name: "TimeoutError" });
  await assert.rejects(power.cycle({ waitSeconds: -1 }), RangeError);
});

Deno.test("a mock cannot rescue: UNIMPLEMENTED natively, NOT_FOUND by name", async () => {
  await using device = await serveDriver(MockPower);
  const power = device.get("", PowerClient);
  for (const call of [power.rescue(), power.node.call("rescue")]) {
    await assert.rejects(
      call,
      (error) => error instanceof DeviceError && error.kind === "not-implemented",
    );
  }
});

Deno.test("upstream's clients know the driver by its class, and we by its interface", async () => {
  await using device = await serveDriver(MockPower);
  assert.equal(device.root.clientClass, "jumpstarter_driver_power.client.PowerClient");
  assert.deepEqual(device.root.interfaces, ["jumpstarter.driver.power.v1.PowerInterface"]);
});
