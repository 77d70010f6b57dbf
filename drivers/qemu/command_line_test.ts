import { deepEqual, ok } from "node:assert/strict";
import { type BoardPlan, qemuArguments } from "./command_line.ts";

const PLAN: BoardPlan = {
  arch: "aarch64",
  kvm: false,
  smp: 2,
  memory: "512M",
  sockets: { qmp: "/d/qmp", serial: "/d/serial.sock", vnc: "/d/vnc" },
  forwards: [],
  cloudInit: "/d/cidata",
};

/** The values of an option, in their order. */
function valuesOf(option: string, plan: BoardPlan): string[] {
  const args = qemuArguments(plan);
  return args.filter((_, i) => args[i - 1] === option);
}

Deno.test("a board without images has what upstream's has", () => {
  deepEqual(qemuArguments(PLAN), [
    "-nodefaults",
    "-nographic",
    "-S",
    "-machine",
    "virt",
    "-cpu",
    "cortex-a57",
    "-chardev",
    "socket,id=qmp,path=/d/qmp",
    "-mon",
    "chardev=qmp,mode=control",
    "-smp",
    "2",
    "-m",
    "512M",
    "-vnc",
    "unix:/d/vnc",
    "-chardev",
    "socket,id=serial0,path=/d/serial.sock",
    "-serial",
    "chardev:serial0",
    "-netdev",
    "user,id=eth0",
    "-device",
    "virtio-net-pci,netdev=eth0",
    "-device",
    "virtio-gpu-pci",
    "-blockdev",
    "driver=vvfat,node-name=cidata,read-only=on,dir=/d/cidata,label=CIDATA",
    "-device",
    "virtio-blk-pci,drive=cidata",
  ]);
});

Deno.test("under KVM the processor is the host's, unless one is chosen", () => {
  deepEqual(valuesOf("-cpu", { ...PLAN, arch: "x86_64", kvm: true }), ["host"]);
  deepEqual(valuesOf("-accel", { ...PLAN, arch: "x86_64", kvm: true }), ["kvm"]);
  deepEqual(valuesOf("-cpu", { ...PLAN, arch: "x86_64", kvm: true, cpu: "max" }), ["max"]);
});

Deno.test("an architecture that nothing is known of gets QEMU's own processor and machine", () => {
  const plan = { ...PLAN, arch: "sparc64" };
  deepEqual([valuesOf("-cpu", plan), valuesOf("-machine", plan)], [[], []]);
});

Deno.test("ports, vsock, firmware and the root disk come with their options", () => {
  const plan: BoardPlan = {
    ...PLAN,
    forwards: [
      { hostaddr: "127.0.0.1", hostport: 2222, guestport: 22 },
      { hostaddr: "0.0.0.0", hostport: 0, guestport: 80 },
    ],
    vsockCid: 42,
    bios: "/d/bios",
    ovmf: { code: "/d/code", variables: "/d/vars" },
    root: { path: "/d/root", format: "qcow2", size: 1 },
  };
  deepEqual(valuesOf("-netdev", plan), [
    "user,id=eth0,hostfwd=tcp:127.0.0.1:2222-:22,hostfwd=tcp:0.0.0.0:0-:80",
  ]);
  ok(valuesOf("-device", plan).includes("vhost-vsock-pci,guest-cid=42"));
  ok(valuesOf("-device", plan).includes("virtio-blk-pci,drive=rootfs,bootindex=1"));
  deepEqual(valuesOf("-bios", plan), ["/d/bios"]);
  deepEqual(valuesOf("-drive", plan), [
    "file=/d/code,if=pflash,format=raw,unit=0,readonly=on",
    "file=/d/vars,if=pflash,format=raw,unit=1,snapshot=on,readonly=off",
  ]);
  deepEqual(
    valuesOf("-blockdev", plan)[0],
    "driver=qcow2,node-name=rootfs,file.driver=file,file.filename=/d/root",
  );
});

Deno.test("a comma in a path stays in the path", () => {
  const root = { path: "/a,b/root", format: "raw", size: 1 } as const;
  deepEqual(valuesOf("-blockdev", { ...PLAN, root })[0].split("file.filename=")[1], "/a,,b/root");
});
