/**
 * The compiled program, made as `deno task compile` makes it, is `jmp` and `j`: it serves the demo's board, a compiled
 * client uses it, and upstream's Python client does too. `_tools/compile_test.ts` has the rest.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { runTool } from "@jumpstarter/testing/process";
import {
  findUpstreamPeer,
  upstreamClientEnv,
  type UpstreamPeer,
} from "@jumpstarter/testing/upstream";
import { AtTerminal } from "./at_terminal.ts";
import { hasQemu, QEMU_BOARD, VIRTUAL_BOARD } from "./board.ts";
import { serveKit } from "./kit.ts";
import { Place, type Programs } from "./place.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Makes the runtime that compiled programs are made of, where that cannot be fetched. */
const hasDenort = exists(fileURLToPath(new URL("../../../shared/tools/denort", import.meta.url)));
const peer = findUpstreamPeer();

/** Where the kit is beside the checkout, CI has set it up. */
const mustHavePeer = Deno.env.get("CI") === "true" &&
  exists(fileURLToPath(new URL("../../../shared/peer/setup", import.meta.url)));

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Compiles the program into a folder, with a link `j` to it. */
async function compile(folder: string): Promise<Programs> {
  const { code, output } = await runTool(Deno.execPath(), {
    args: ["task", "--quiet", "compile", "--out", folder],
    cwd: ROOT,
    env: { DENO_NO_UPDATE_CHECK: "1" },
    deadlineMs: 240_000,
  });
  assert.equal(code, 0, output);
  const jmp = [...Deno.readDirSync(folder)].map(({ name }) => `${folder}/${name}`)
    .find((path) => /\/jmp-[^/]*$/.test(path)) ?? assert.fail(`no program in ${folder}: ${output}`);
  await Deno.symlink(jmp, `${folder}/jmp`);
  await Deno.symlink(jmp, `${folder}/j`);
  return { jmp: [`${folder}/jmp`], j: [`${folder}/j`] };
}

/** Powers the board from a compiled shell on the compiled exporter, down to its prompt. */
async function useBoard(programs: Programs, board: string): Promise<void> {
  await using place = new Place(programs);
  await using exporter = await place.serve(board);
  const shell = (...command: string[]) =>
    place.jmp("shell", "--tls-grpc", exporter.address, "--tls-grpc-insecure", "--", ...command);
  const quiet = { code: 0, stdout: "", stderr: "" };
  assert.deepEqual(await shell("j", "board", "power", "on"), quiet);
  const tree = await shell("sh", "-c", "j && command -v j");
  assert.deepEqual([tree.code, tree.stderr], [0, ""]);
  assert.match(tree.stdout, /^├─ board\b.*\n│ {2}├─ .*power[^]*└─ uboot\b[^]*\/j\n$/m);
  {
    const command = [...programs.j, "board", "console", "start-console", "--replay"];
    const options = { env: place.env(exporter.env), cwd: place.folder };
    await using person = new AtTerminal(command, options);
    await person.console.expect("Hit any key");
    await person.console.send("\x02\x02\x02");
    assert.equal(await person.ended(), 0, person.console.transcript);
  }
  assert.deepEqual(await shell("j", "board", "power", "off"), quiet);
  await exporter.end();
}

/** Runs the kit's client on the kit's tree. */
async function passKit(programs: Programs, { kit, bin }: UpstreamPeer): Promise<void> {
  await using place = new Place(programs);
  await using serving = await serveKit(place, kit);
  const { code, output } = await runTool(`${bin}/python`, {
    args: [`${kit}/interop_client.py`, serving.exporter.address],
    env: upstreamClientEnv(place.folder),
    deadlineMs: 120_000,
  });
  assert.equal(code, 0, output);
  await serving.exporter.end();
}

Deno.test({
  name: `the compiled program serves, and uses what is served${
    hasDenort ? "" : " [needs ../shared/tools/denort]"
  }`,
  ignore: !hasDenort,
  fn: async (t) => {
    const folder = await Deno.makeTempDir({ prefix: "jmp-" });
    try {
      const programs = await compile(folder);
      await t.step({
        name: `it serves a board in QEMU, which a compiled client uses${
          hasQemu() ? "" : " [needs QEMU and u-boot-qemu]"
        }`,
        ignore: !hasQemu(),
        fn: () => useBoard(programs, QEMU_BOARD),
      });
      await t.step(
        "it serves the virtual board, which a compiled client uses",
        () => useBoard(programs, VIRTUAL_BOARD),
      );
      await t.step({
        name: `upstream's client uses it${peer ? "" : " [needs ../shared/peer/setup]"}`,
        ignore: peer === undefined && !mustHavePeer,
        fn: () => passKit(programs, peer ?? assert.fail("Cannot run on CI: no upstream peer")),
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
