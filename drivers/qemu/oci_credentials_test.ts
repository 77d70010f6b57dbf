import { deepEqual, equal, rejects } from "node:assert/strict";
import { findOciAccount } from "./oci_credentials.ts";

Deno.test("an account is looked for where podman and docker keep them, in their order", async () => {
  const folder = await Deno.makeTempDir();
  const write = async (path: string, account: string): Promise<void> => {
    await Deno.mkdir(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    const auths = { "registry.example:5000": { auth: btoa(account) } };
    await Deno.writeTextFile(`${folder}/${path}`, JSON.stringify({ auths }));
  };
  const known: Record<string, string> = { HOME: folder };
  const find = (given = {}) =>
    findOciAccount("oci://registry.example:5000/board:1", given, (name) => known[name]);
  try {
    equal(await find(), undefined);
    await write(".docker/config.json", "docker:a");
    deepEqual(await find(), { username: "docker", password: "a" });
    await write(".config/containers/auth.json", "podman:b:c");
    deepEqual(await find(), { username: "podman", password: "b:c" });
    await write("mine.json", "mine:d");
    known.REGISTRY_AUTH_FILE = `${folder}/mine.json`;
    deepEqual(await find(), { username: "mine", password: "d" });
    Object.assign(known, { OCI_USERNAME: "env", OCI_PASSWORD: "e" });
    deepEqual(await find(), { username: "env", password: "e" });
    deepEqual(await find({ username: "u", password: "p" }), { username: "u", password: "p" });
    await rejects(find({ password: "p" }), /requires both username and password/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
