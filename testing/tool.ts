/**
 * Finds the programs of other people that judge this one, and ties tests to them.
 *
 * On a developer's machine a test whose program is missing is ignored, and its name says what to
 * install. Where `CI` is `true` it fails: a judge that silently stays away proves nothing.
 */

/** How each known tool is installed, shown when it is missing. */
const INSTALL: Readonly<Record<string, string>> = {
  h2spec: "go install github.com/summerwind/h2spec/cmd/h2spec@latest",
  connectconformance: "go install connectrpc.com/conformance/cmd/connectconformance@v1.0.5",
  grpcurl: "go install github.com/fullstorydev/grpcurl/cmd/grpcurl@latest",
  versitygw: "go install github.com/versity/versitygw/cmd/versitygw@v1.8.0",
  go: "go 1.24 or newer",
  h2load: "package nghttp2-client",
  nghttp: "package nghttp2-client",
  nghttpd: "package nghttp2-server",
  curl: "package curl",
  node: "node 20 or newer",
  openssl: "package openssl",
  busctl: "package systemd",
  "dbus-daemon": "package dbus",
  "ssh-keygen": "package openssh-client",
  sshd: "package openssh-server",
  socat: "package socat",
  ser2net: "package ser2net",
  "qemu-img": "package qemu-utils",
  "qemu-system-aarch64": "package qemu-system-arm, and u-boot-qemu for its boot loader",
  python: "python3 -m venv ~/.cache/jmp-test/venv, then its pip install grpcio protobuf h2 hpack",
};

/** Folders beside `PATH` in which tools are looked for, in this order. */
function extraFolders(): string[] {
  const folders: string[] = [];
  const add = (base: string | undefined, below = "") => {
    if (base) folders.push(base + below);
  };
  const home = Deno.env.get("HOME");
  add(Deno.env.get("GOBIN"));
  add(Deno.env.get("GOPATH"), "/bin");
  add(home, "/go/bin");
  // Debian keeps servers (nghttpd) where a user's PATH need not look.
  folders.push("/usr/local/go/bin", "/usr/sbin", "/sbin");
  return folders;
}

function isExecutable(path: string): boolean {
  try {
    const info = Deno.statSync(path);
    return info.isFile && ((info.mode ?? 0o111) & 0o111) !== 0;
  } catch {
    return false;
  }
}

/** The interpreter of the environment named by `JMP_TEST_VENV` (default: `~/.cache/jmp-test/venv`). */
function findPython(): string | undefined {
  const home = Deno.env.get("HOME") ?? "";
  const venv = Deno.env.get("JMP_TEST_VENV") ?? `${home}/.cache/jmp-test/venv`;
  const path = `${venv}/bin/python`;
  return isExecutable(path) ? path : undefined;
}

/**
 * Looks for a tool on `PATH`, in `GOBIN`, `GOPATH/bin`, `~/go/bin` and the system's server folders.
 * `python` is the interpreter of the test environment, see `JMP_TEST_VENV`; `deno` is the running one.
 *
 * @param name The program's name, without a folder.
 * @returns Its absolute path, or `undefined`.
 */
export function findTool(name: string): string | undefined {
  if (name === "deno") return Deno.execPath();
  if (name === "python") return findPython();
  const folders = (Deno.env.get("PATH") ?? "").split(":").filter((folder) => folder !== "");
  for (const folder of [...folders, ...extraFolders()]) {
    const path = `${folder}/${name}`;
    if (isExecutable(path)) return path;
  }
  return undefined;
}

/**
 * Like {@linkcode findTool}, for code that cannot go on without the tool.
 *
 * @throws {Deno.errors.NotFound} when it is missing; the message says how to install it.
 */
export function requireTool(name: string): string {
  const path = findTool(name);
  if (path !== undefined) return path;
  throw new Deno.errors.NotFound(`Cannot find ${name}: install it: ${INSTALL[name] ?? name}`);
}

/**
 * Registers a test that needs other people's programs.
 *
 * @param name The claim.
 * @param tools What it needs, as for {@linkcode findTool}.
 * @param run The test.
 */
export function testWith(
  name: string,
  tools: readonly string[],
  run: (t: Deno.TestContext) => void | Promise<void>,
): void {
  const missing = tools.filter((tool) => findTool(tool) === undefined);
  if (missing.length === 0) {
    Deno.test(name, run);
    return;
  }
  const reason = missing.map((tool) => `${tool} (${INSTALL[tool] ?? tool})`).join(", ");
  const ci = Deno.env.get("CI") === "true";
  Deno.test({
    name: `${name} [needs ${reason}]`,
    ignore: !ci,
    fn: () => {
      throw new Deno.errors.NotFound(`Cannot run on CI: missing tools: ${reason}`);
    },
  });
}
