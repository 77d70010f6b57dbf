import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { Code, ConnectError } from "@connectrpc/connect";
import type { ServedDevice } from "@jumpstarter/testing/serve_driver";
import { NetworkClient } from "../network/mod.ts";
import { QemuClient } from "./client.ts";
import { PowerSwitch, seeLog, serveBoard, stopAtPrompt, testWithBoard } from "./testing/board.ts";

const statusOf = (device: ServedDevice) => device.get("", QemuClient).status();

testWithBoard("a board boots to its prompt, and not one byte of the boot is lost", async () => {
  await using device = await serveBoard();
  await device.get("power", PowerSwitch).on();
  await using serial = await stopAtPrompt(device);
  match(serial.transcript, /^\r?\n?\r?\nU-Boot 20/);
  await serial.sendLine("version");
  const { before } = await serial.expectPrompt();
  match(before, /^version\r\nU-Boot 20/);
});

testWithBoard("a console stays open over a power cycle", async () => {
  await using device = await serveBoard();
  const power = device.get("power", PowerSwitch);
  await power.on();
  await using serial = await stopAtPrompt(device);
  await power.off();
  equal((await statusOf(device)).power, "off");
  await power.off();
  await power.on();
  await power.on();
  await serial.expect("U-Boot 20");
  await serial.expect("Hit any key");
  const { ended, power: state, pid } = await statusOf(device);
  deepEqual([ended, state, typeof pid], [undefined, "on", "number"]);
});

testWithBoard("a reset in the guest keeps the board on", async () => {
  await using device = await serveBoard();
  await device.get("power", PowerSwitch).on();
  await using serial = await stopAtPrompt(device);
  await serial.sendLine("reset");
  await serial.expect("U-Boot 20");
  equal((await statusOf(device)).power, "on");
});

testWithBoard("a guest that switches itself off is no crash", async () => {
  await using device = await serveBoard();
  await device.get("power", PowerSwitch).on();
  await using serial = await stopAtPrompt(device);
  await serial.sendLine("poweroff");
  await seeLog(device, /Power is off: the guest switched itself off/);
  const status = await statusOf(device);
  deepEqual([status.power, status.ended], ["off", "the guest switched itself off"]);
});

testWithBoard("memory is what it was set to, from the next power on", async () => {
  await using device = await serveBoard();
  const board = device.get("", QemuClient);
  await board.setMemorySize("256M");
  await rejects(board.setMemorySize("lots"), (error: ConnectError) => {
    equal(error.code, Code.InvalidArgument);
    match(error.message, /Invalid size: 'lots'. Use e.g. '20G', '512M', '2T'/);
    return true;
  });
  await device.get("power", PowerSwitch).on();
  await using serial = await stopAtPrompt(device);
  match(serial.transcript, /DRAM: +256 MiB/);
});

testWithBoard("the guest is told its account by cloud-init's disk", async () => {
  await using device = await serveBoard({ hostname: "dut", username: "me", password: 'a"b' });
  const board = device.get("", QemuClient);
  equal(await board.hostname(), "dut");
  equal(await board.username(), "me");
  equal(await board.password(), 'a"b');
  await device.get("power", PowerSwitch).on();
  await using serial = await stopAtPrompt(device);
  await serial.sendLine("fatload virtio 0 0x40200000 user-data; md.b 0x40200000 0x100");
  const { before } = await serial.expectPrompt();
  const columns = before.split("\r\n").map((line) => /^4[0-9a-f]{7}: (?:.. ){16} (.*)$/.exec(line));
  const text = columns.map((found) => found?.[1] ?? "").join("");
  match(text, /^#cloud-config\./);
  match(text, /"plain_text_passwd": "a\\"b"/);
});

testWithBoard("the screen is there over VNC while the board is on", async () => {
  await using device = await serveBoard();
  const vnc = device.get("vnc", NetworkClient);
  await rejects(vnc.connect(), /vnc/);
  await device.get("power", PowerSwitch).on();
  await using stream = await vnc.connect();
  const { value } = await stream.readable.getReader().read();
  // RFC 6143, 7.1.1.
  equal(new TextDecoder().decode(value), "RFB 003.008\n");
});

testWithBoard("the screen is there as a page", async () => {
  await using device = await serveBoard();
  await device.get("power", PowerSwitch).on();
  await using page = await device.get("", QemuClient).novnc();
  match(page.url, /^https?:\/\//);
  const socket = new WebSocket(page.websocketUrl, "binary");
  socket.binaryType = "arraybuffer";
  const first = await new Promise<ArrayBuffer>((resolve, reject) => {
    socket.onmessage = ({ data }) => resolve(data);
    socket.onerror = reject;
  });
  equal(new TextDecoder().decode(first), "RFB 003.008\n");
  const closed = new Promise((resolve) => socket.onclose = resolve);
  socket.close();
  await closed;
});

testWithBoard("a port that is chosen at power on leads into the guest", async () => {
  await using device = await serveBoard({ hostfwd: { web: { hostport: 0, guestport: 80 } } });
  const web = device.get("web", NetworkClient);
  await rejects(web.connect(), /its port is chosen at power on: power is off/);
  await device.get("power", PowerSwitch).on();
  match(await web.address(), /^tcp:\/\/127\.0\.0\.1:\d+$/);
  await using stream = await web.connect();
  await stream.readable.cancel();
});

testWithBoard("two boards stand side by side", async () => {
  const boot = async (): Promise<string> => {
    await using device = await serveBoard({ hostfwd: { web: { hostport: 0, guestport: 80 } } });
    await device.get("power", PowerSwitch).on();
    await using serial = await stopAtPrompt(device);
    return serial.transcript;
  };
  const [one, other] = await Promise.all([boot(), boot()]);
  match(one, /U-Boot 20/);
  match(other, /U-Boot 20/);
});

for (const arch of ["arm", "x86_64"] as const) {
  testWithBoard(`a board with ${arch} boots to its prompt`, async () => {
    await using device = await serveBoard({}, arch);
    await device.get("power", PowerSwitch).on();
    await using serial = await stopAtPrompt(device);
    match(serial.transcript, /U-Boot 20/);
    const { acceleration } = await statusOf(device);
    if (arch === "arm") match(acceleration!, /^emulated: the host is /);
  }, { arch });
}

testWithBoard("upstream's clients call a board by name", async () => {
  await using device = await serveBoard();
  const { root } = device;
  equal(await root.call("get_hostname"), "demo");
  equal(await root.call("get_username"), "jumpstarter");
  equal(await root.call("get_password"), "password");
  equal(await root.call("set_disk_size", ["1G"]), null);
  const power = root.children.get("power")!;
  equal(power.clientClass, "jumpstarter_driver_power.client.PowerClient");
  equal(await power.call("on"), null);
  equal(await power.call("off"), null);
  await rejects(power.callStreaming("read")[Symbol.asyncIterator]().next(), (error) => {
    equal(ConnectError.from(error).code, Code.NotFound);
    return true;
  });
  deepEqual([...root.children.keys()].filter((name) => name !== "ssh"), [
    "power",
    "flasher",
    "console",
    "vnc",
  ]);
});
