/**
 * What upstream's release does badly is done well, end to end: real processes, with the pipes and terminals of users.
 * The same claims closer to the parts, where they are cut finer:
 *
 * - a device that never reads: `drivers/network/forward_test.ts` "a device that never reads holds the local program up",
 *   `network_test.ts` "EchoNetwork holds a writer up when nobody reads", `core/stream/pump_test.ts`
 * - streams end: `core/client/native_test.ts` "a byte stream ends on the exporter when both directions have, …",
 *   `core/exporter/session_test.ts` "a driver's byte stream carries half-close both ways and ends"
 * - a cancelled call ends its command: `drivers/shell/served_test.ts`, `shell_test.ts` "a caller that stops ends the
 *   script, and all that it started"
 * - log readers: `core/exporter/session_test.ts` "each reader of the log gets every line"
 * - archives: `core/stream/encoding/compression_test.ts`, `drivers/opendal/mock_flasher_test.ts`
 * - presigned requests: `drivers/opendal/s3_test.ts`, against a real server that checks signatures
 * - exit codes: `drivers/shell/commands_test.ts`, `cli/shell/shell_test.ts`
 */
import assert from "node:assert/strict";
import { NetworkClient } from "@jumpstarter/drivers/network";
import { spawnOnPty } from "@jumpstarter/core/tty";
import { testWith } from "@jumpstarter/testing/tool";
import { serveEcho } from "./kit.ts";
import { Place, type Serving } from "./place.ts";
import { isRunning, openSockets } from "./processes.ts";
import { until } from "./until.ts";

const SHELL = `
shell:
  type: jumpstarter_driver_shell.driver.Shell
  config:
    methods:
      fails: "echo out; echo oops >&2; exit 7"
      killed: "kill -9 $$"
      sleeps: 'sleep 1000 & echo pids $$ $!; wait'
      talks: 'echo "talk $1"'
`;
const FLASHER = "flasher: { type: jumpstarter_driver_opendal.driver.MockFlasher }";

const tcp = (port: number): string => `
tcp:
  type: jumpstarter_driver_network.driver.TcpNetwork
  config: { host: 127.0.0.1, port: ${port} }
`;

const encoder = new TextEncoder();

/** Something that compresses badly, and whose parts differ. */
const IMAGE = new Uint8Array(300_000).map((_, i) => i * 2_654_435_761 >>> 20);

/** How much a local program wants to send, and the most that may be under way between it and the device. */
const UPLOAD_BYTES = 256 << 20;
const UNDER_WAY_BYTES = 64 << 20;

/** A writer that gets rid of nothing for so long is held up, in ms. */
const STALL_MS = 1_500;

Deno.test("a device that never reads holds the local program up: neither client nor exporter grows", async () => {
  using device = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const silent = device.accept();
  await using place = new Place();
  await using exporter = await place.serve(tcp(device.addr.port));
  await using forward = await exporter.startJ(/:(\d+)/, "tcp", "forward-tcp", "0");
  const local = await Deno.connect({ hostname: "127.0.0.1", port: forward.port });
  const processes = [exporter.process.pid, forward.pid];
  const before = processes.map(residentBytes);
  const chunk = new Uint8Array(1 << 18);
  let accepted = 0;
  while (accepted < UPLOAD_BYTES) {
    const pending = local.write(chunk);
    pending.catch(() => {}); // when it is closed below
    if (!await settles(pending)) break;
    accepted += await pending;
  }
  assert.ok(accepted < UNDER_WAY_BYTES, `${accepted} bytes were taken`);
  for (const [at, pid] of processes.entries()) {
    const growth = residentBytes(pid) - before[at];
    assert.ok(growth < UPLOAD_BYTES / 2, `process ${at} has grown by ${growth} bytes`);
  }
  local.close();
  (await silent).close();
  await forward[Symbol.asyncDispose]();
  await exporter.end();
});

async function settles(promise: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), STALL_MS);
  });
  const settled = await Promise.race([promise.then(() => true), late]);
  clearTimeout(timer);
  return settled;
}

function residentBytes(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) * 1024;
}

Deno.test("a stream ends when both directions have: the exporter keeps no socket of it", async () => {
  const device = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = serveEcho(device);
  await using place = new Place();
  await using exporter = await place.serve(tcp(device.addr.port));
  {
    await using client = await exporter.connect();
    const network = client.get("tcp", NetworkClient);
    const before = openSockets(exporter.process.pid);
    for (let round = 0; round < 5; round++) {
      await Promise.all(Array.from({ length: 20 }, async (_, at) => {
        const stream = await network.connect();
        const text = new Response(stream.readable).text();
        const writer = stream.writable.getWriter();
        await writer.write(encoder.encode(`${at}`));
        await writer.close();
        assert.equal(await text, `${at}`);
      }));
    }
    await until(
      "the exporter has as many sockets as before",
      () => openSockets(exporter.process.pid) === before,
    );
  }
  device.close();
  await serving;
  await exporter.end();
});

for (const signal of ["SIGINT", "SIGKILL"] as const) {
  Deno.test(`a call whose client gets ${signal} ends its command, and all that this started`, async () => {
    await using place = new Place();
    await using exporter = await place.serve(SHELL);
    await using client = await exporter.startJ(/pids (\d+) (\d+)/, "shell", "sleeps");
    const pids = client.ready.map(Number);
    assert.deepEqual(pids.filter(isRunning), pids);
    client.kill(signal);
    const { code } = await client.status;
    assert.equal(code, signal === "SIGINT" ? 2 : 137);
    await until("the command has ended", () => !pids.some(isRunning));
    await exporter.end();
  });
}

Deno.test("every reader of the log sees every line", async () => {
  await using place = new Place();
  await using exporter = await place.serve(`
${SHELL}
power: { type: jumpstarter_driver_power.driver.MockPower }
`);
  const rounds = 20;
  const readers = Array.from({ length: 3 }, () => readLog(exporter, rounds));
  for (let at = 0; at < rounds; at++) {
    await using device = await exporter.connect();
    await device.find("power").call(at % 2 === 0 ? "on" : "off");
  }
  const expected = Array.from({ length: rounds }, (_, at) => at % 2 === 0 ? "on" : "off");
  for (const lines of await Promise.all(readers)) assert.deepEqual(lines, expected);
  await exporter.end();
});

/** What the log says of the power switch, until it has said so `count` times. */
async function readLog(exporter: Serving, count: number): Promise<string[]> {
  await using device = await exporter.connect();
  const seen: string[] = [];
  for await (const { message } of device.logs({ signal: AbortSignal.timeout(30_000) })) {
    const word = /^power (on|off)$/.exec(message)?.[1];
    if (word !== undefined) seen.push(word);
    if (seen.length === count) break;
  }
  return seen;
}

for (
  const [compression, tool] of [
    ["gzip", "gzip"],
    ["xz", "xz"],
    ["bz2", "bzip2"],
    ["zstd", "zstd"],
  ] as const
) {
  testWith(
    `${tool}'s archives are flashed whole with two members, refused when truncated, and dumped whole`,
    [tool],
    async () => {
      await using place = new Place();
      await using exporter = await place.serve(FLASHER);
      const pack = async (bytes: Uint8Array): Promise<Uint8Array> => {
        const path = await place.write("part", bytes);
        await using archive = await packed(place, tool, path);
        return await Deno.readFile(archive.path);
      };
      const half = IMAGE.length / 2;
      const members = [await pack(IMAGE.subarray(0, half)), await pack(IMAGE.subarray(half))];
      const whole = await place.write("two", await new Blob(members as BlobPart[]).bytes());
      const flash = (file: string, how: string) =>
        exporter.j("flasher", "flash", file, "--compression", how);
      const back = `${place.folder}/back`;
      for (const how of [compression, "auto"]) {
        assert.deepEqual(await flash(whole, how), { code: 0, stdout: "", stderr: "" });
        assert.equal((await exporter.j("flasher", "dump", back)).code, 0);
        assert.deepEqual(await Deno.readFile(back), IMAGE);
      }

      const short = await place.write("short", members[0].subarray(0, members[0].length - 100));
      const { code, stderr } = await flash(short, compression);
      assert.equal(code, 1);
      assert.match(stderr, /^Error: [^\n]*input ends too early/);
      assert.equal((await exporter.j("flasher", "dump", back)).code, 0);
      assert.deepEqual(await Deno.readFile(back), IMAGE, "what was flashed before is gone");

      await Deno.remove(back);
      const dump = await exporter.j("flasher", "dump", back, "--compression", compression);
      assert.deepEqual([dump.code, dump.stderr], [0, ""]);
      const unpacked = await place.run(["sh", "-c", `exec ${tool} -dc <"$0" >"$0.raw"`, back]);
      assert.deepEqual([unpacked.code, unpacked.stderr], [0, ""]);
      assert.deepEqual(await Deno.readFile(`${back}.raw`), IMAGE);
      await exporter.end();
    },
  );
}

/** Compresses a file with the tool; the archive goes when it is disposed. */
async function packed(
  place: Place,
  tool: string,
  path: string,
): Promise<AsyncDisposable & { path: string }> {
  const archive = `${path}.packed`;
  const { code, stderr } = await place.run([
    "sh",
    "-c",
    `exec ${tool} -c "$0" >"$1"`,
    path,
    archive,
  ]);
  assert.equal(code, 0, stderr);
  return { path: archive, [Symbol.asyncDispose]: () => Deno.remove(archive) };
}

Deno.test("relative redirects of images are followed, and dumps are put to presigned URLs", async () => {
  const put = Promise.withResolvers<Uint8Array>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (request.method === "PUT" && searchParams.get("signature") === "right") {
      put.resolve(await request.bytes());
      return new Response(null, { status: 200 });
    }
    if (pathname === "/images/latest") return redirect("../store/1.img");
    if (pathname === "/store/1.img") return redirect("/files/2.img?part=1");
    if (pathname === "/files/2.img" && searchParams.get("part") === "1") return new Response(IMAGE);
    return new Response(null, { status: 403 });
  });
  const base = `http://127.0.0.1:${server.addr.port}`;
  await using place = new Place();
  await using exporter = await place.serve(`
${FLASHER}
storage: { type: jumpstarter_driver_opendal.driver.Opendal, config: { scheme: memory } }
`);
  const back = `${place.folder}/back`;
  const ok = async (...words: string[]): Promise<void> => {
    const { code, stderr } = await exporter.j(...words);
    assert.deepEqual([code, stderr], [0, ""], words.join(" "));
  };
  // The exporter fetches the one, the client the other.
  for (const how of [[], ["--compression", "auto"]]) {
    await ok("flasher", "flash", `${base}/images/latest`, ...how);
    await ok("flasher", "dump", back);
    assert.deepEqual(await Deno.readFile(back), IMAGE);
  }
  await ok("storage", "write-from-path", "image", `${base}/images/latest`);
  await ok("storage", "read-into-path", "image", `${base}/upload?signature=right`);
  assert.deepEqual(await put.promise, IMAGE);
  const refused = await exporter.j("flasher", "dump", `${base}/upload?signature=wrong`);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /status=403/);
  await server.shutdown();
  await exporter.end();
});

const redirect = (location: string): Response =>
  new Response(null, { status: 302, headers: { location } });

Deno.test("j shell ends with the command's exit code, each of its streams on the same of ours", async () => {
  await using place = new Place();
  await using exporter = await place.serve(SHELL);
  const failed = { code: 7, stdout: "out\n", stderr: "oops\n" };
  assert.deepEqual(await exporter.j("shell", "fails"), failed);
  assert.equal((await exporter.j("shell", "killed")).code, 137);
  assert.deepEqual(await exporter.j("shell", "talks", "x"), {
    code: 0,
    stdout: "talk x\n",
    stderr: "",
  });
  await exporter.end();
  const file = `${place.folder}/board.yaml`;
  const { jmp, j } = place.programs;
  const shell = [...jmp, "shell", "--exporter-config", file, "--"];
  assert.deepEqual(await place.run([...shell, "j", "shell", "fails"]), failed);
  assert.deepEqual(await place.run([...shell, ...j, "shell", "fails"]), failed);
  assert.deepEqual(place.leftovers(), []);
});

Deno.test("progress is on standard error, and only on a terminal", async () => {
  await using place = new Place();
  await using exporter = await place.serve(
    "storage: { type: jumpstarter_driver_opendal.driver.Opendal, config: { scheme: memory } }",
  );
  const image = await place.write("image", new Uint8Array(32 << 20));
  const command = [...place.programs.j, "storage", "write-from-path", "image", image];
  const BAR = /write image [█░]+ +100% 32\.0 MiB of 32\.0 MiB/;
  /** Runs it on a terminal with the shell's redirections; what the terminal shows. */
  const onTerminal = async (redirections: string): Promise<string> => {
    const { NO_COLOR: _, ...env } = { ...Deno.env.toObject(), ...place.env(exporter.env) };
    const { pty, status } = spawnOnPty("sh", {
      args: ["-c", `exec "$@" ${redirections}`, "sh", ...command],
      env: { ...env, TERM: "xterm" },
      cwd: place.folder,
    });
    const shown = await new Response(pty.readable).text();
    assert.equal((await status).code, 0, shown);
    pty.close();
    return shown;
  };
  const content = (name: string): Promise<string> => Deno.readTextFile(`${place.folder}/${name}`);

  assert.match(await onTerminal(""), BAR);
  assert.match(await onTerminal(">out"), BAR);
  assert.equal(await content("out"), "");
  assert.equal(await onTerminal("2>err"), "");
  assert.equal(await content("err"), "");
  assert.deepEqual(await place.run(command, { env: exporter.env }), {
    code: 0,
    stdout: "",
    stderr: "",
  });
  await exporter.end();
});
