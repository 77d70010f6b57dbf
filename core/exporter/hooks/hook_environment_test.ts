import assert from "node:assert/strict";
import { hookEnvironment } from "./hook_environment.ts";

const LEASE = { host: "/run/x/socket", leaseName: "lease-1", clientName: "somebody" };

Deno.test("a hook gets this process's environment and what it is told about the lease", () => {
  const { PATH, JUMPSTARTER_HOST, LEASE_NAME, CLIENT_NAME, TERM, PS1, JMP_MOTD_FILE } =
    hookEnvironment(LEASE);
  assert.equal(PATH, Deno.env.get("PATH"));
  assert.equal(JUMPSTARTER_HOST, "/run/x/socket");
  assert.equal(LEASE_NAME, "lease-1");
  assert.equal(CLIENT_NAME, "somebody");
  assert.equal(TERM, "dumb");
  assert.equal(PS1, undefined);
  assert.equal(JMP_MOTD_FILE, undefined);
});

Deno.test("a hook finds programs of ours before all others", () => {
  const { PATH, JMP_MOTD_FILE } = hookEnvironment({ ...LEASE, path: "/ours" }, "/tmp/motd");
  assert.equal(PATH, `/ours:${Deno.env.get("PATH")}`);
  assert.equal(JMP_MOTD_FILE, "/tmp/motd");
});
