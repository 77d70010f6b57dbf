import assert from "node:assert/strict";
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { serveDriver } from "@jumpstarter/testing/serve_driver";
import { FlasherClient } from "../flasher/mod.ts";
import { MockFlasher } from "./mock_flasher.ts";

const IMAGE = new Uint8Array(300_000).map((_, i) => i * 2_654_435_761 >>> 20);

/** Serves a flasher, with a local folder beside it. */
async function withFlasher(
  run: (flasher: FlasherClient, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await using device = await serveDriver(MockFlasher);
    await run(device.get("", FlasherClient), folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function testFlasher(
  name: string,
  run: (flasher: FlasherClient, folder: string) => Promise<void>,
): void {
  Deno.test(name, () => withFlasher(run));
}

async function dumped(flasher: FlasherClient, target?: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const sink = new WritableStream<Uint8Array>({ write: (chunk) => void chunks.push(chunk) });
  await flasher.dump(sink, { target });
  return await new Blob(chunks as BlobPart[]).bytes();
}

testFlasher(
  "an image is dumped as it was flashed, from the same target",
  async (flasher, folder) => {
    await Deno.writeFile(`${folder}/image`, IMAGE);
    await flasher.flash(`${folder}/image`);
    await flasher.flash({ "boot/../x": new Uint8Array([1, 2]), ".": new Uint8Array([3]) });
    await flasher.dump(`${folder}/back`);
    assert.deepEqual(await Deno.readFile(`${folder}/back`), IMAGE);
    assert.deepEqual(await dumped(flasher, "boot/../x"), new Uint8Array([1, 2]));
    assert.deepEqual(await dumped(flasher, "."), new Uint8Array([3]));
  },
);

testFlasher(
  "an image with several compressed members is flashed whole",
  async (flasher, folder) => {
    const half = IMAGE.length / 2;
    const halves = [IMAGE.subarray(0, half), IMAGE.subarray(half)];
    const archives = {
      gzip: halves.map((bytes) => gzipSync(bytes)),
      zstd: halves.map((bytes) => zstdCompressSync(bytes)),
    };
    for (const [compression, members] of Object.entries(archives)) {
      await Deno.writeFile(`${folder}/a`, await new Blob(members as BlobPart[]).bytes());
      for (const option of [compression, "auto"]) {
        await flasher.flash(`${folder}/a`, { compression: option as "gzip" });
        assert.deepEqual(await dumped(flasher), IMAGE, option);
      }
      await flasher.flash(`${folder}/a`);
      assert.deepEqual(await dumped(flasher), await Deno.readFile(`${folder}/a`));
    }
  },
);

testFlasher(
  "a truncated image is an error, and what was flashed before stays",
  async (flasher, folder) => {
    await flasher.flash(new Uint8Array([7]));
    const whole = gzipSync(IMAGE);
    await Deno.writeFile(`${folder}/cut.gz`, whole.subarray(0, whole.length - 1_000));
    await assert.rejects(
      flasher.flash(`${folder}/cut.gz`, { compression: "gzip" }),
      /input ends too early/,
    );
    await Deno.writeFile(`${folder}/plain`, IMAGE);
    await assert.rejects(flasher.flash(`${folder}/plain`, { compression: "gzip" }));
    assert.deepEqual(await dumped(flasher), new Uint8Array([7]));
  },
);

testFlasher("a compressed dump is a whole archive", async (flasher, folder) => {
  await flasher.flash(IMAGE);
  await flasher.dump(`${folder}/i.gz`, { compression: "gzip" });
  assert.deepEqual(new Uint8Array(gunzipSync(await Deno.readFile(`${folder}/i.gz`))), IMAGE);
  await flasher.dump(`${folder}/i.zst`, { compression: "zstd" });
  assert.deepEqual(
    new Uint8Array(zstdDecompressSync(await Deno.readFile(`${folder}/i.zst`))),
    IMAGE,
  );
  for (const compression of ["xz", "bz2"] as const) {
    await flasher.dump(`${folder}/i`, { compression });
    await flasher.flash(`${folder}/i`, { compression: "auto", target: compression });
    assert.deepEqual(await dumped(flasher, compression), IMAGE, compression);
  }
});

testFlasher(
  "URLs are the exporter's business, but for compressed ones",
  async (flasher, folder) => {
    const seen: string[] = [];
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      async (request) => {
        seen.push(`${request.method} ${request.headers.get("user-agent")?.split("/")[0]}`);
        if (request.method === "PUT") {
          return new Response(null, {
            status: (await request.bytes()).length === 1 ? 200 : 400,
          });
        }
        return request.url.endsWith("gz")
          ? new Response(new Uint8Array(gzipSync(IMAGE)))
          : new Response(IMAGE);
      },
    );
    const url = `http://127.0.0.1:${server.addr.port}/i`;
    await flasher.flash(url);
    assert.deepEqual(await dumped(flasher), IMAGE);
    await assert.rejects(flasher.dump(url), /Presigned HTTP PUT request failed: status=400/);
    await flasher.flash(new Uint8Array([1]));
    await flasher.dump(url);
    for (const compression of ["gzip", "auto"] as const) {
      await flasher.flash(`${url}.gz`, { compression });
      assert.deepEqual(await dumped(flasher), IMAGE);
    }
    await assert.rejects(flasher.dump(url, { compression: "gzip" }), RangeError);
    await server.shutdown();
    assert.deepEqual(seen, [
      "GET jumpstarter",
      "PUT jumpstarter",
      "PUT jumpstarter",
      "GET Deno",
      "GET Deno",
    ]);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
  },
);

testFlasher("mistakes are found before anything is called", async (flasher, folder) => {
  await assert.rejects(flasher.flash(`${folder}/missing`), Deno.errors.NotFound);
  await assert.rejects(flasher.flash(folder), Deno.errors.IsADirectory);
  await assert.rejects(flasher.flash({ a: "b" }, { target: "c" }), {
    name: "RangeError",
    message: "'target' parameter is not valid when flashing multiple images",
  });
  await assert.rejects(
    flasher.dump(`${folder}/x`, { target: "never" }),
    /nothing was flashed to 'never'/,
  );
  await assert.rejects(flasher.dump(folder), Deno.errors.IsADirectory);
  assert.deepEqual(
    await Array.fromAsync(Deno.readDir(folder)),
    [],
    "a dump that failed made no file",
  );
});
