import { machineOf } from "./machine.ts";

/** How a board's processor is run, and why so. */
export interface Acceleration {
  /** By the host's processor through KVM; emulated if false. */
  readonly kvm: boolean;
  /** Why, for a person. */
  readonly reason: string;
}

/** What the decision rests on. Tests put in their own. */
export interface KvmFacts {
  /** The host's architecture, by QEMU's name. */
  readonly hostArch: string;
  /** Whether this process may open `/dev/kvm`. */
  canOpen(): Promise<boolean>;
  /** `/proc/cpuinfo`. */
  cpuInfo(): Promise<string>;
  /** Starts a guest of nothing under KVM; says why that failed, or `undefined`. */
  tryGuest(arch: string): Promise<string | undefined>;
}

/** How long QEMU may take to start a guest of nothing, in ms; it takes about 50. */
const TRY_MS = 5_000;

/**
 * Decides whether KVM is used: only where it really works. A `/dev/kvm` that can be opened proves little: inside of
 * virtual machines it is often one that no guest starts on.
 */
export async function decideAcceleration(arch: string, facts: KvmFacts): Promise<Acceleration> {
  const emulated = (reason: string): Acceleration => ({ kvm: false, reason });
  if (arch !== facts.hostArch) return emulated(`the host is ${facts.hostArch}`);
  if (!await facts.canOpen()) return emulated("/dev/kvm cannot be opened");
  // Intel's VT-x, AMD's AMD-V. Other processors' /proc/cpuinfo does not tell.
  if (arch === "x86_64" && !/^flags\s*:.*\s(?:vmx|svm)(?:\s|$)/m.test(await facts.cpuInfo())) {
    return emulated("the processor has neither vmx nor svm, though there is a /dev/kvm");
  }
  const failure = await facts.tryGuest(arch);
  if (failure !== undefined) return emulated(`KVM does not start a guest: ${failure}`);
  return { kvm: true, reason: "KVM works" };
}

const decided = new Map<string, Promise<Acceleration>>();

/** As {@linkcode decideAcceleration}, of this host; found out once. */
export function accelerationOf(arch: string): Promise<Acceleration> {
  let decision = decided.get(arch);
  if (decision === undefined) decided.set(arch, decision = decideAcceleration(arch, HOST));
  return decision;
}

const HOST: KvmFacts = {
  hostArch: Deno.build.arch,
  async canOpen(): Promise<boolean> {
    try {
      (await Deno.open("/dev/kvm", { read: true, write: true })).close();
      return true;
    } catch {
      return false;
    }
  },
  async cpuInfo(): Promise<string> {
    return await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  },
  async tryGuest(arch: string): Promise<string | undefined> {
    const machine = machineOf(arch)?.machine ?? "none";
    const args = ["-accel", "kvm", "-machine", machine, "-cpu", "host", "-m", "64", "-S"];
    const control = ["-nodefaults", "-display", "none", "-qmp", "stdio"];
    const late = AbortSignal.timeout(TRY_MS);
    try {
      const child = new Deno.Command(`qemu-system-${arch}`, {
        args: [...args, ...control],
        stdin: "piped",
        stdout: "null",
        stderr: "piped",
        signal: late,
      }).spawn();
      const quit = `{"execute":"qmp_capabilities"}{"execute":"quit"}\n`;
      const [output] = await Promise.all([
        child.output(),
        new Blob([quit]).stream().pipeTo(child.stdin).catch(() => {}),
      ]);
      if (late.aborted) return `no answer after ${TRY_MS} ms`;
      if (output.success) return undefined;
      return new TextDecoder().decode(output.stderr).trim().split("\n")[0];
    } catch (error) {
      return (error as Error).message;
    }
  },
};
