import type { Device } from "@jumpstarter/core/client";
import { OpendalClient, StorageMuxFlasherClient } from "@jumpstarter/drivers/opendal";
import type { Figures } from "../harness/measurement.ts";
import type { Operations } from "../worker/command_loop.ts";
import { FOLDER } from "./program_variables.ts";

const MIB = 2 ** 20;
/** The most that getRandomValues gives at once. */
const RANDOM_BYTES = 65536;

/** Files to and from the exporter: its storage, and a storage mux that is flashed. */
export function fileOperations(device: Device): Operations {
  const path = (name: string): string => `${Deno.env.get(FOLDER)}/${name}`;
  const timed = async (mib: number, move: () => Promise<unknown>): Promise<Figures> => {
    await makeFile(path("source.img"), mib);
    const start = performance.now();
    await move();
    return { mib_s: mib * 1000 / (performance.now() - start) };
  };
  return {
    storage_write: ({ mib }) =>
      timed(
        mib,
        () => device.get("storage", OpendalClient).upload("up.img", path("source.img")),
      ),
    storage_read: async ({ mib }) => {
      const figures = await timed(
        mib,
        () => device.get("storage", OpendalClient).download("up.img", path("back.img")),
      );
      await sameFile(path("source.img"), path("back.img"));
      return figures;
    },
    mux_flash: ({ mib }) =>
      timed(mib, () => device.get("mux", StorageMuxFlasherClient).flash(path("source.img"))),
  };
}

/** Makes a file of random bytes, unless one of that size is there. */
async function makeFile(path: string, mib: number): Promise<void> {
  const size = await Deno.stat(path).then((info) => info.size, () => -1);
  if (size === mib * MIB) return;
  using file = await Deno.create(path);
  const bytes = new Uint8Array(RANDOM_BYTES);
  for (let written = 0; written < mib * MIB; written += bytes.length) {
    crypto.getRandomValues(bytes);
    await file.write(bytes);
  }
}

async function sameFile(one: string, other: string): Promise<void> {
  const { success } = await new Deno.Command("cmp", { args: ["-s", one, other] }).output();
  if (!success) throw new Error("what came back is not what was sent");
  await Deno.remove(other);
}
