import { deepEqual, equal, match } from "node:assert/strict";
import { accelerationOf, decideAcceleration, type KvmFacts } from "./acceleration.ts";

const WORKING: KvmFacts = {
  hostArch: "x86_64",
  canOpen: () => Promise.resolve(true),
  cpuInfo: () => Promise.resolve("flags\t\t: fpu vme svm sse\n"),
  tryGuest: () => Promise.resolve(undefined),
};

Deno.test("KVM is used where a guest starts on it", async () => {
  deepEqual(await decideAcceleration("x86_64", WORKING), { kvm: true, reason: "KVM works" });
});

Deno.test("a board is emulated for each reason that KVM has not to work, and says which", async () => {
  const why = async (arch: string, facts: Partial<KvmFacts>): Promise<string> => {
    const { kvm, reason } = await decideAcceleration(arch, { ...WORKING, ...facts });
    equal(kvm, false);
    return reason;
  };
  equal(await why("aarch64", {}), "the host is x86_64");
  equal(
    await why("x86_64", { canOpen: () => Promise.resolve(false) }),
    "/dev/kvm cannot be opened",
  );
  match(
    await why("x86_64", { cpuInfo: () => Promise.resolve("flags : fpu vmxx asvm\n") }),
    /neither vmx nor svm/,
  );
  equal(
    await why("x86_64", { tryGuest: () => Promise.resolve("kvm run failed") }),
    "KVM does not start a guest: kvm run failed",
  );
});

Deno.test("other processors are taken at what a guest does on them", async () => {
  const facts = { ...WORKING, hostArch: "aarch64", cpuInfo: () => Promise.resolve("") };
  equal((await decideAcceleration("aarch64", facts)).kvm, true);
});

Deno.test("this host is decided on once", async () => {
  const arch = Deno.build.arch;
  equal(accelerationOf(arch), accelerationOf(arch));
  await accelerationOf(arch);
});
