import assert from "node:assert/strict";
import { runTool } from "../process.ts";
import { requireTool, testWith } from "../tool.ts";
import { GrpcServerProcess } from "./grpc_server_process.ts";

const PROGRAM = new URL("./python/grpcio_client.py", import.meta.url).pathname;

for (const link of ["tcp", "tls", "unix"] as const) {
  testWith(`grpcio as a client is content with our server over ${link}`, ["python"], async () => {
    await using server = await GrpcServerProcess.start("ours");
    const addresses = [server.address(link), server.address(link, true)];
    const { output } = await runTool(requireTool("python"), {
      args: ["-B", PROGRAM, ...addresses, ...link === "tls" ? [server.caFile] : []],
      deadlineMs: 120_000,
    });
    const failed = output.match(/^FAIL .*$/gm) ?? [];
    const passed = output.match(/^PASS .*$/gm) ?? [];
    const [, count] = /^DONE (\d+)$/m.exec(output) ?? [];
    assert.deepEqual(failed, [], output.slice(-8_000));
    assert.equal(passed.length, Number(count), `${output.slice(-8_000)}\n${server.process.output}`);
  });
}
