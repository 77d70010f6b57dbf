import type { DiskImage } from "./disk.ts";
import { machineOf } from "./machine.ts";

/** A port of the host that leads into the guest. */
export interface PortForward {
  /** Address of the host. */
  readonly hostaddr: string;
  /** Port of the host; 0 for one that is free. */
  readonly hostport: number;
  /** Port in the guest. */
  readonly guestport: number;
}

/** What a virtual board is made of. All paths are absolute. */
export interface BoardPlan {
  /** QEMU's name of the architecture. */
  readonly arch: string;
  /** Whether it runs under KVM. */
  readonly kvm: boolean;
  /** The processor's model, if it was chosen. */
  readonly cpu?: string;
  /** Processors. */
  readonly smp: number;
  /** As `-m` takes it. */
  readonly memory: string;
  /** The sockets that QEMU connects to (monitor, serial port), and the one that it listens on (VNC). */
  readonly sockets: { readonly qmp: string; readonly serial: string; readonly vnc: string };
  /** Ports that lead into the guest. */
  readonly forwards: readonly PortForward[];
  /** The guest's address on AF_VSOCK, where the host has it. */
  readonly vsockCid?: number;
  /** Firmware for `-bios`. */
  readonly bios?: string;
  /** UEFI firmware in flash: its code and its variables. */
  readonly ovmf?: { readonly code: string; readonly variables: string };
  /** The disk that it boots from. */
  readonly root?: DiskImage & { readonly path: string };
  /** A folder that it sees as a disk labelled CIDATA. */
  readonly cloudInit: string;
}

/**
 * QEMU's arguments for a board.
 *
 * QEMU is the one that connects to the monitor's and the serial port's socket, and it waits (`-S`) to be told to go on:
 * so whoever reads the serial port is there before the first byte.
 */
export function qemuArguments(plan: BoardPlan): string[] {
  const machine = machineOf(plan.arch);
  const cpu = plan.cpu ?? (plan.kvm ? "host" : machine?.cpu);
  return [
    ["-nodefaults", "-nographic", "-S"],
    plan.kvm ? ["-accel", "kvm"] : [],
    machine ? ["-machine", machine.machine] : [],
    cpu === undefined ? [] : ["-cpu", cpu],
    [
      "-chardev",
      `socket,id=qmp,path=${quote(plan.sockets.qmp)}`,
      "-mon",
      "chardev=qmp,mode=control",
    ],
    ["-smp", String(plan.smp), "-m", plan.memory],
    ["-vnc", `unix:${quote(plan.sockets.vnc)}`],
    // A display adapter of the machine's own exists only on PCs.
    plan.arch === "x86_64" ? ["-vga", "none"] : [],
    [
      "-chardev",
      `socket,id=serial0,path=${quote(plan.sockets.serial)}`,
      "-serial",
      "chardev:serial0",
    ],
    ["-netdev", ["user,id=eth0", ...plan.forwards.map(forwardOption)].join(",")],
    ["-device", "virtio-net-pci,netdev=eth0", "-device", "virtio-gpu-pci"],
    plan.vsockCid === undefined ? [] : ["-device", `vhost-vsock-pci,guest-cid=${plan.vsockCid}`],
    plan.bios === undefined ? [] : ["-bios", plan.bios],
    ovmfArguments(plan.ovmf),
    rootArguments(plan.root),
    [
      "-blockdev",
      `driver=vvfat,node-name=cidata,read-only=on,dir=${quote(plan.cloudInit)},label=CIDATA`,
      "-device",
      "virtio-blk-pci,drive=cidata",
    ],
  ].flat();
}

function ovmfArguments(ovmf: BoardPlan["ovmf"]): string[] {
  if (ovmf === undefined) return [];
  const code = `file=${quote(ovmf.code)},if=pflash,format=raw,unit=0,readonly=on`;
  const variables = `file=${
    quote(ovmf.variables)
  },if=pflash,format=raw,unit=1,snapshot=on,readonly=off`;
  return ["-drive", code, "-drive", variables];
}

function rootArguments(root: BoardPlan["root"]): string[] {
  if (root === undefined) return [];
  const file = `file.driver=file,file.filename=${quote(root.path)}`;
  return [
    "-blockdev",
    `driver=${root.format},node-name=rootfs,${file}`,
    "-device",
    "virtio-blk-pci,drive=rootfs,bootindex=1",
  ];
}

function forwardOption({ hostaddr, hostport, guestport }: PortForward): string {
  return `hostfwd=tcp:${hostaddr}:${hostport}-:${guestport}`;
}

/** QEMU's way of a comma inside of a value. */
function quote(value: string): string {
  return value.replaceAll(",", ",,");
}
