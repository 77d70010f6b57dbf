import assert from "node:assert/strict";
import { checkPaths } from "./check_paths.ts";

const MACHINE = { root: "/build/checkout", home: "/home-of/ada", host: "workbench7" };

function problemsOf(text: string, path = "docs/a.md"): string[] {
  return checkPaths(new Map([[path, text]]), MACHINE);
}

// Put together from parts, so that the check does not find them in this file.
const HOME = "/home";

Deno.test("ordinary text, URLs and system paths pass", () => {
  for (
    const line of [
      "/dev/ttyUSB0 and /etc/jumpstarter/exporters",
      "${ROOT}/root/x and ~/go/bin",
      "https://example.com/home/page",
      "unix:/path/x.sock",
      "host: 127.0.0.1:8080",
    ]
  ) assert.deepEqual(problemsOf(line), [], line);
});

Deno.test("paths of this machine or of a person fail, with file and line", () => {
  assert.match(
    problemsOf("\nsee /build/checkout/core")[0],
    /^docs\/a\.md:2: the path of this checkout/,
  );
  assert.match(problemsOf("/home-of/ada/.cache")[0], /the path of a home/);
  assert.match(problemsOf(`cd ${HOME}/grace/work`)[0], /the path of a home/);
  assert.match(problemsOf(`"${"/"}root/.cache/x"`)[0], /the path of a home/);
});

Deno.test("the machine's name fails", () => {
  assert.match(problemsOf("ssh workbench7")[0], /the name of this machine/);
});

Deno.test("a registry in the lock file fails", () => {
  const line = '"tarball": "https://registry.example/a.tgz"';
  assert.match(problemsOf(line, "deno.lock")[0], /the address of a registry/);
  assert.deepEqual(problemsOf(line, "docs/a.md"), []);
});

Deno.test("keys, tokens and passwords fail", () => {
  assert.match(problemsOf(`-----BEGIN EC ${"PRIVATE"} KEY-----`)[0], /a private key/);
  assert.match(problemsOf(`token ${"ghp"}_0123456789abcdefghijABCDEFGHIJ`)[0], /a token/);
  assert.match(problemsOf(`https://ada:${"hunter2"}@example.com`)[0], /a password in a URL/);
});
