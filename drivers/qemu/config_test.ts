import { deepEqual, equal, ok } from "node:assert/strict";
import { qemuConfig } from "./config.ts";

/** What is wrong with a configuration: where, and what. */
function problems(config: unknown): string[] {
  const issues = qemuConfig.safeParse(config).error?.issues ?? [];
  return issues.map(({ message, path }) => `${path.join(".")}: ${message}`);
}

Deno.test("what upstream's boards are configured with is taken, with upstream's defaults", () => {
  const config = qemuConfig.parse({
    arch: "x86_64",
    cpu: null,
    disk_size: "20G",
    default_partitions: { root: "/r", "OVMF_CODE.fd": "/c", "OVMF_VARS.fd": "/v" },
    hostfwd: {
      ssh: { protocol: "tcp", hostaddr: "127.0.0.1", hostport: 2222, guestport: 22 },
      web: { hostport: 0, guestport: 80 },
    },
    fls_version: "0.2.0",
    launcher_socket: null,
  });
  const { hostname, mem, password, smp, username } = config;
  deepEqual([hostname, mem, password, smp, username], [
    "demo",
    "512M",
    "password",
    2,
    "jumpstarter",
  ]);
  deepEqual(config.hostfwd.web, {
    protocol: "tcp",
    hostaddr: "127.0.0.1",
    hostport: 0,
    guestport: 80,
  });
  equal(qemuConfig.parse({}).arch, Deno.build.arch);
});

Deno.test("a mistake in the configuration is said where it is", () => {
  deepEqual(problems({ mem: "lots", disk_size: "-1G" }), [
    "mem: Invalid size: 'lots'. Use e.g. '20G', '512M', '2T'",
    "disk_size: Invalid size: '-1G'. Use e.g. '20G', '512M', '2T'",
  ]);
  deepEqual(problems({ launcher_socket: "/s" }), [
    "launcher_socket: a launcher in a sidecar is not supported; leave it out",
  ]);
  for (const forward of [{ hostport: 22 }, { hostport: 65_536, guestport: 1 }, { guestport: 0 }]) {
    ok(problems({ hostfwd: { a: forward } })[0].startsWith("hostfwd.a."));
  }
  ok(problems({ default_partitions: { boot: "/b" } })[0].startsWith("default_partitions: "));
  ok(problems({ arch: "../evil" })[0].startsWith("arch: expected an architecture"));
  equal(problems({ memory: "1G" }).length, 1);
});
