/**
 * Boots several boards at once, each with an exporter of its own:
 *
 *     jmp run --exporter-config examples/exporters/virtual.yaml --tls-grpc-listener 19090 --tls-grpc-insecure &
 *     jmp run --exporter-config examples/exporters/virtual.yaml --tls-grpc-listener 19091 --tls-grpc-insecure &
 *     deno run -A examples/parallel_boards.ts 127.0.0.1:19090 127.0.0.1:19091
 */
import { connect } from "@jumpstarter/core";
import { PowerClient } from "@jumpstarter/drivers/power";
import { UbootConsoleClient } from "@jumpstarter/drivers/uboot";

/** Boots one board, and tells its version. */
async function boot(host: string): Promise<string> {
  await using device = await connect({ host, insecure: true });
  await using uboot = await device.get("uboot", UbootConsoleClient).rebootToConsole({
    offSeconds: 0,
  });
  const [version] = await uboot.runCommandChecked("version");
  await device.get("board.power", PowerClient).off();
  return version;
}

const results = await Promise.allSettled(Deno.args.map(boot));
results.forEach((result, at) => {
  const text = result.status === "fulfilled" ? result.value : `failed: ${result.reason.message}`;
  console.log(`${Deno.args[at]}: ${text}`);
});
if (results.some(({ status }) => status === "rejected")) Deno.exit(1);
