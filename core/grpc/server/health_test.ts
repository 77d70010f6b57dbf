import assert from "node:assert/strict";
import { Code, createClient, createRouterTransport } from "@connectrpc/connect";
import { Health } from "@jumpstarter/proto/grpc/health/v1";
import { EchoService } from "@jumpstarter/testing/echo/v1";
import { HealthStatus, ServingStatus } from "./health.ts";

function client(health: HealthStatus): ReturnType<typeof createClient<typeof Health>> {
  return createClient(
    Health,
    createRouterTransport(({ service }) => service(Health, health.service)),
  );
}

Deno.test("health of the server is SERVING until it is said otherwise", async () => {
  const health = new HealthStatus();
  assert.equal((await client(health).check({})).status, ServingStatus.SERVING);
  health.set("", ServingStatus.NOT_SERVING);
  assert.equal((await client(health).check({})).status, ServingStatus.NOT_SERVING);
});

Deno.test("health of an unknown service is NOT_FOUND", async () => {
  const error = await client(new HealthStatus()).check({ service: "x" }).catch((e) => e);
  assert.equal(error.code, Code.NotFound);
});

Deno.test("health is listed per service", async () => {
  const health = new HealthStatus();
  health.set(EchoService, ServingStatus.NOT_SERVING);
  const { statuses } = await client(health).list({});
  assert.equal(statuses["jumpstarter.test.v1.EchoService"].status, ServingStatus.NOT_SERVING);
  assert.equal(statuses[""].status, ServingStatus.SERVING);
});

Deno.test("health is watched: the status now, then each change, also of a service that comes later", async () => {
  const health = new HealthStatus();
  const controller = new AbortController();
  const seen: ServingStatus[] = [];
  try {
    for await (const { status } of client(health).watch({ service: "x" }, controller)) {
      seen.push(status);
      if (seen.length === 1) health.set("x", ServingStatus.SERVING);
      if (seen.length === 2) health.setAll(ServingStatus.NOT_SERVING);
      if (seen.length === 3) controller.abort();
    }
  } catch (error) {
    assert.equal((error as { code: Code }).code, Code.Canceled);
  }
  assert.deepEqual(seen, [
    ServingStatus.SERVICE_UNKNOWN,
    ServingStatus.SERVING,
    ServingStatus.NOT_SERVING,
  ]);
});
