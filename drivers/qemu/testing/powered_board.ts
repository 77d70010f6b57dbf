/** Serves a board, switches it on, says QEMU's process id and folder, and goes on until it is killed, or its test is. */
import { serveDriver } from "@jumpstarter/testing/serve_driver";
import { sayReady, stdinClosed } from "@jumpstarter/testing/ready";
import { QemuClient } from "../client.ts";
import { Qemu } from "../driver.ts";
import { PowerSwitch } from "./board.ts";

const device = await serveDriver(Qemu, { config: JSON.parse(Deno.args[0]) });
await device.get("power", PowerSwitch).on();
const { pid } = await device.get("", QemuClient).status();
sayReady(pid!, Deno.readLinkSync(`/proc/${pid}/cwd`));
await stdinClosed();
Deno.exit();
