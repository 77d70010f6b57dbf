/**
 * Power cycles a board and waits for its prompt:
 *
 *     jmp shell --exporter-config examples/exporters/virtual.yaml -- deno run -A examples/power_cycle.ts
 */
import { env } from "@jumpstarter/core";
import { PowerClient } from "@jumpstarter/drivers/power";
import { PySerialClient } from "@jumpstarter/drivers/pyserial";

await using device = await env();
const power = device.get("board.power", PowerClient);
await using console_ = await device.get("board.console", PySerialClient).console();

const start = performance.now();
await power.cycle({ waitSeconds: 0.1 });
const { index, before } = await console_.expect(["autoboot", "=> "], { timeoutMs: 10_000 });
// U-Boot goes on to boot unless a key is pressed; Escape leaves no letter at the prompt.
if (index === 0) await console_.send("\x1b");
await console_.expect("=> ", { timeoutMs: 10_000 });

console.log(before.trim());
console.log(`At the prompt after ${Math.round(performance.now() - start)} ms`);
await power.off();
