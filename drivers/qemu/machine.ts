/** What QEMU is told to be, for an architecture. */
export interface Machine {
  /** `-machine`. */
  readonly machine: string;
  /** `-cpu` where it is emulated and the configuration names none; QEMU's own default if absent. */
  readonly cpu?: string;
}

const MACHINES: Readonly<Record<string, Machine>> = {
  aarch64: { machine: "virt", cpu: "cortex-a57" },
  arm: { machine: "virt" },
  riscv64: { machine: "virt" },
  // x86-64-v2, which current distributions need.
  x86_64: { machine: "q35", cpu: "qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt" },
};

/** What QEMU is told to be; `undefined` for an architecture whose default machine is used. */
export function machineOf(arch: string): Machine | undefined {
  return Object.hasOwn(MACHINES, arch) ? MACHINES[arch] : undefined;
}
