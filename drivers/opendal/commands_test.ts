import assert from "node:assert/strict";
import type {
  CommandCall,
  Device,
  DriverClientType,
  DriverCommands,
  Terminal,
} from "@jumpstarter/core/client";
import { serveDriver } from "@jumpstarter/testing/serve_driver";
import { FlasherClient, flasherCommands } from "../flasher/mod.ts";
import { OpendalClient } from "./client.ts";
import { opendalCommands } from "./commands.ts";
import { Opendal } from "./driver.ts";
import { MockFlasher } from "./mock_flasher.ts";
import { MockStorageMuxFlasher } from "./mock_storage_mux.ts";
import { StorageMuxFlasherClient } from "./storage_mux_client.ts";
import { storageMuxFlasherCommands } from "./storage_mux_commands.ts";

/** What a command did. */
interface Outcome {
  readonly code: number | void;
  readonly out: string;
  readonly notes: string[];
  readonly bars: string[];
}

/** Runs commands of a client as `j` does, with a terminal that remembers. */
function runner<C>(device: Device, Client: DriverClientType<C>, { commands }: DriverCommands<C>) {
  return async (
    name: string,
    args: CommandCall["args"] = [],
    options: Record<string, unknown> = {},
    stdin = "",
  ): Promise<Outcome> => {
    const command = commands.find((command) => command.name === name)!;
    const chunks: Uint8Array[] = [];
    const notes: string[] = [];
    const bars: string[] = [];
    const write = (bytes: Uint8Array): Promise<void> => Promise.resolve(void chunks.push(bytes));
    const print = (line: string): Promise<void> => write(new TextEncoder().encode(`${line}\n`));
    const terminal: Terminal = {
      stdin: new Blob([stdin]).stream(),
      stdinIsTerminal: false,
      stdoutIsTerminal: false,
      stderrIsTerminal: true,
      write,
      print,
      writeError: write,
      note: (line) => void notes.push(line),
      data: (value, text) => text(value) === "" ? Promise.resolve() : print(text(value)),
      progress: (label, total) => {
        bars.push(`${label} of ${total}`);
        return {
          update: (bytes) => void bars.push(`${bytes}`),
          done: () => void bars.push("done"),
          [Symbol.dispose]() {},
        };
      },
      raw: (run) => run(),
    };
    const defaults: Record<string, unknown> = {};
    for (const { flags, default: value } of command.options ?? []) {
      defaults[flags.match(/--([a-z]+)/)![1]] = value;
    }
    const code = await command.run(device.get("", Client), {
      args,
      options: { ...defaults, ...options },
      signal: new AbortController().signal,
      terminal,
    });
    return { code, out: await new Blob(chunks as BlobPart[]).text(), notes, bars };
  };
}

Deno.test("j: the 18 commands of a storage", async () => {
  const folder = await Deno.makeTempDir();
  await using device = await serveDriver(Opendal, { config: { scheme: "memory", kwargs: {} } });
  const run = runner(device, OpendalClient, opendalCommands);
  assert.equal(opendalCommands.commands.length, 18);

  assert.equal((await run("write-bytes", ["f"], {}, "hello")).out, "");
  assert.equal((await run("read-bytes", ["f"])).out, "hello");
  assert.equal(
    (await run("hash", ["f"], { algo: "md5" })).out,
    "5d41402abc4b2a76b9719d911017c592\n",
  );
  assert.match((await run("hash", ["f"])).out, /^2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c/);
  await run("create-dir", ["d/"]);
  await run("copy", ["f", "d/g"]);
  await run("rename", ["d/g", "d/h"]);
  assert.equal((await run("list", ["/"])).out, "/\nd/\nf\n");
  assert.equal((await run("scan", ["/"])).out, "/\nd/\nd/h\nf\n");
  assert.equal(
    (await run("stat", ["f"])).out,
    `{
  "content_disposition": null,
  "content_length": 5,
  "content_md5": null,
  "content_type": null,
  "etag": null,
  "mode": {
    "is_file": true,
    "is_dir": false
  }
}
`,
  );
  const capability = JSON.parse((await run("capability")).out);
  assert.equal(capability.write_can_multi, true);
  assert.equal(capability.write_total_max_size, null);
  assert.equal(Object.keys(capability).length, 33);
  assert.equal((await run("exists", ["f"])).code, 0);
  const missing = await run("exists", ["x"]);
  assert.deepEqual([missing.code, missing.out, missing.notes], [1, "", ["path x does not exist"]]);
  await run("delete", ["f"]);
  await run("remove-all", ["d"]);
  assert.equal((await run("scan", ["/"])).out, "/\n");
  await assert.rejects(run("presign-read", ["f"], { expireSecond: 60 }), /\(Unsupported\)/);

  await Deno.writeFile(`${folder}/local`, new Uint8Array(300_000));
  const up = await run("write-from-path", ["i", `${folder}/local`]);
  assert.deepEqual([up.bars[0], up.bars.at(-1)], ["write i of 300000", "done"]);
  const again = await run("write-from-path", ["i", `${folder}/local`], { skipSame: true });
  assert.deepEqual([again.bars, again.notes], [[], ["i is the same already"]]);
  const down = await run("read-into-path", ["i", `${folder}/back`]);
  assert.equal(down.bars.at(-1), "done");
  assert.equal((await Deno.stat(`${folder}/back`)).size, 300_000);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("j: presigned requests are shown as JSON", async () => {
  const config = { scheme: "http", kwargs: { endpoint: "http://invalid.invalid" } };
  await using device = await serveDriver(Opendal, { config });
  const run = runner(device, OpendalClient, opendalCommands);
  for (const [name, method] of [["presign-stat", "HEAD"], ["presign-read", "GET"]]) {
    assert.deepEqual(JSON.parse((await run(name, ["a b"], { expireSecond: 60 })).out), {
      url: "http://invalid.invalid/a%20b",
      method,
      headers: {},
    });
  }
});

Deno.test("j: flash and dump", async () => {
  const folder = await Deno.makeTempDir();
  await using device = await serveDriver(MockFlasher);
  const run = runner(device, FlasherClient, flasherCommands);
  await Deno.writeTextFile(`${folder}/image`, "image");
  const gzip = new Blob(["image"]).stream().pipeThrough(new CompressionStream("gzip"));
  await Deno.writeFile(`${folder}/image.gz`, gzip);

  assert.deepEqual((await run("flash", [`${folder}/image`])).bars, [
    "flash image of 5",
    "5",
    "done",
  ]);
  await run("dump", [`${folder}/back`]);
  assert.equal(await Deno.readTextFile(`${folder}/back`), "image");
  await run("flash", [undefined], {
    target: [`boot:${folder}/image`, `root:${folder}/image.gz`],
    compression: "auto",
  });
  for (const target of ["boot", "root"]) {
    await run("dump", [`${folder}/back`], { target });
    assert.equal(await Deno.readTextFile(`${folder}/back`), "image");
  }
  const { notes } = await run("flash", [`${folder}/image.gz`]);
  assert.deepEqual(notes, [
    "image.gz is compressed with gzip and is flashed as it is; --compression gzip decompresses it",
  ]);
  await assert.rejects(run("flash", [undefined], { target: ["x"] }), {
    name: "UsageError",
    message: "Invalid target spec 'x', expected name:file",
  });
  await assert.rejects(run("flash", [undefined]), {
    name: "UsageError",
    message: "FILE argument is required unless --target/-t is used",
  });
  await Deno.remove(folder, { recursive: true });
});

Deno.test("j: a storage mux is switched and flashed", async () => {
  const folder = await Deno.makeTempDir();
  await using device = await serveDriver(MockStorageMuxFlasher);
  const run = runner(device, StorageMuxFlasherClient, storageMuxFlasherCommands);
  await Deno.writeTextFile(`${folder}/image`, "image");
  for (const name of ["host", "dut", "off"]) assert.equal((await run(name)).out, "");
  await run("write-local-file", [`${folder}/image`]);
  await run("dump", [`${folder}/a`]);
  await run("flash", [`${folder}/image`]);
  await run("dump", [`${folder}/b`]);
  assert.equal(await Deno.readTextFile(`${folder}/a`), "image");
  assert.equal(await Deno.readTextFile(`${folder}/b`), "image");
  await assert.rejects(run("flash", [undefined], { target: ["a:b"] }), /target is not supported/);
  await Deno.remove(folder, { recursive: true });
});
