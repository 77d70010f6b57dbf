import { equal, rejects, throws } from "node:assert/strict";
import { relative } from "node:path";
import { partitionNamed, Partitions } from "./partitions.ts";

Deno.test("what was flashed goes before what the configuration names, without a name it is root", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const standing = `${folder}/standing.img`;
    await Deno.writeTextFile(standing, "");
    const root = relative(Deno.cwd(), standing);
    const partitions = new Partitions(folder, { root, bios: "/nowhere/bios" });
    equal(await partitions.find("OVMF_CODE.fd"), undefined);
    equal(await partitions.find(partitionNamed(undefined)), standing);
    await rejects(partitions.find("bios"), { name: "NotFound" });
    await Deno.writeTextFile(partitions.flashed("root"), "");
    equal(await partitions.find("root"), `${folder}/root`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a partition that no board has is refused", () => {
  throws(() => partitionNamed("boot"), {
    name: "RangeError",
    message: "invalid partition name: boot: expected one of root, bios, OVMF_CODE.fd, OVMF_VARS.fd",
  });
});
