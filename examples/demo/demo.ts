/**
 * What Jumpstarter does, in one go: serves a board from a process of its own, and uses it over the wire, step by step.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import { connect } from "@jumpstarter/core/client";
import { NetworkClient } from "@jumpstarter/drivers/network";
import { OpendalClient } from "@jumpstarter/drivers/opendal";
import { PowerClient } from "@jumpstarter/drivers/power";
import { UbootConsoleClient } from "@jumpstarter/drivers/uboot";
import { startProcess } from "@jumpstarter/testing/process";
import { chooseBoard, exporterFile } from "./demo_board.ts";

const MEBIBYTES = 16;
const JMP = fileURLToPath(new URL("../../cli/jmp.ts", import.meta.url));

const began = performance.now();

/** Rejects on Ctrl-C: then a step ends early, and what was started is ended in order. */
const interrupted = new Promise<never>((_, reject) => {
  Deno.addSignalListener("SIGINT", () => reject(new Deno.errors.Interrupted("Interrupted")));
});
interrupted.catch(() => {});

/** Runs a step, and prints what it was, how long it took, and what came of it. */
async function step<T>(name: string, run: () => Promise<readonly [T, string]>): Promise<T> {
  const start = performance.now();
  const [result, text] = await Promise.race([run(), interrupted]);
  const ms = performance.now() - start;
  const time = ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`;
  console.log(`  ${name.padEnd(40)} ${time.padStart(7)}   ${text}`);
  return result;
}

/** All steps. */
async function demo(): Promise<void> {
  const board = await chooseBoard(Deno.args);
  console.log(`The board is ${board.what};\n${board.other}.\n`);

  await using cleanUp = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "jumpstarter-demo-" });
  cleanUp.defer(() => Deno.remove(folder, { recursive: true }));

  // A server that the exporter reaches, and the client, far away, does not.
  const web = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("Hello from behind the board"),
  );
  cleanUp.defer(() => web.shutdown());
  await Deno.mkdir(`${folder}/storage`);
  await Deno.writeTextFile(
    `${folder}/demo.yaml`,
    exporterFile(board, `${folder}/storage`, web.addr.port),
  );

  const exporter = await step("start the exporter: jmp run", async () => {
    const process = await startProcess(Deno.execPath(), {
      args: ["run", "-A", "-q", JMP, "run", "--exporter-config", `${folder}/demo.yaml`]
        .concat("--tls-grpc-listener", "127.0.0.1:0", "--tls-grpc-insecure"),
      readyPattern: /listens on \S+:(\d+)/,
    });
    return [process, `process ${process.pid} listens on port ${process.port}`];
  });
  cleanUp.use(exporter);

  const device = await step("connect a client, read the tree", async () => {
    const device = await connect({ host: `127.0.0.1:${exporter.port}`, insecure: true });
    return [device, device.drivers.map(({ path }) => path).filter((path) => path !== "").join(" ")];
  });
  cleanUp.use(device);

  const power = device.get("board.power", PowerClient);

  const shell = await step("power on, stop at U-Boot's prompt", async () => {
    const shell = await device.get("uboot", UbootConsoleClient).rebootToConsole({ offSeconds: 0 });
    const lines = shell.console.transcript.split("\n").map((line) => line.trim());
    return [shell, lines.find((line) => /^(U-Boot|Virtual board) /.test(line)) ?? "at the prompt"];
  });
  cleanUp.use(shell);

  await step("run 'version' on the console", async () => {
    const [version] = await shell.runCommandChecked("version");
    return [undefined, `'${version}'`];
  });

  await step("set a variable, and read it back", async () => {
    await shell.setEnv("greeting", "hello; it's me");
    const greeting = await shell.getEnv("greeting");
    assert.equal(greeting, "hello; it's me");
    return [undefined, `greeting='${greeting}'`];
  });

  await step("forward a port, fetch a page through it", async () => {
    await using forward = device.get("web", NetworkClient).forwardTcp();
    const response = await fetch(`http://${forward.address}/`);
    const text = await response.text();
    assert.equal(text, "Hello from behind the board");
    return [undefined, `http://${forward.address}/ says '${text}'`];
  });

  const storage = device.get("storage", OpendalClient);
  const image = new Uint8Array(MEBIBYTES * 1024 * 1024);
  for (let at = 0; at < image.length; at += 65536) {
    crypto.getRandomValues(image.subarray(at, at + 65536));
  }

  await step(`upload a file of ${MEBIBYTES} MiB`, async () => {
    const start = performance.now();
    await storage.writeBytes("images/demo.bin", image);
    return [undefined, speed(start)];
  });

  await step("read it back, byte for byte the same", async () => {
    const start = performance.now();
    const back = await storage.readBytes("images/demo.bin");
    const text = speed(start);
    assert.ok(Buffer.from(image.buffer).equals(back), "other bytes came back");
    return [undefined, text];
  });

  await step("power off", async () => {
    await power.off();
    return [undefined, "the board is off"];
  });

  await step("end the exporter", async () => {
    await shell[Symbol.asyncDispose]();
    await device[Symbol.asyncDispose]();
    exporter.kill("SIGTERM");
    const { code, signal } = await exporter.status;
    return [undefined, `exit code ${code}${signal === null ? "" : ` (${signal})`}`];
  });
}

function speed(start: number): string {
  return `${Math.round(MEBIBYTES / (performance.now() - start) * 1000)} MiB/s`;
}

try {
  await demo();
  console.log(`\nAll steps worked, in ${((performance.now() - began) / 1000).toFixed(1)} s.`);
} catch (error) {
  const wasInterrupted = error instanceof Deno.errors.Interrupted;
  console.error(wasInterrupted ? "Interrupted" : error);
  Deno.exit(wasInterrupted ? 130 : 1);
}
