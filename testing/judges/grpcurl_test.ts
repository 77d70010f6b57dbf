import assert from "node:assert/strict";
import { runTool, type ToolResult } from "../process.ts";
import { requireTool, testWith } from "../tool.ts";
import { GrpcServerProcess, type Link } from "./grpc_server_process.ts";

const SERVICES = [
  "grpc.health.v1.Health",
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
  "jumpstarter.test.v1.EchoService",
];

/** Runs grpcurl against the server; `after` stands behind the address. */
async function grpcurl(
  server: GrpcServerProcess,
  link: Link,
  before: readonly string[],
  ...after: readonly string[]
): Promise<ToolResult> {
  const security = link === "tls" ? ["-cacert", server.caFile] : ["-plaintext"];
  const [scheme, path] = server.address(link).split(":");
  // grpcurl takes a socket as a bare path.
  const address = link === "unix" ? ["-unix", path] : [`${scheme}:${path}`];
  return await runTool(requireTool("grpcurl"), {
    args: [...security, "-max-time", "20", ...before, ...address, ...after],
  });
}

/** The JSON values that stand one after the other in grpcurl's output. */
function values(output: string): unknown[] {
  return output.trim().split(/(?<=\n\})\n/).map((text) => JSON.parse(text));
}

for (const link of ["tcp", "tls", "unix"] as const) {
  testWith(
    `grpcurl lists, describes and calls by reflection over ${link}`,
    ["grpcurl"],
    async () => {
      await using server = await GrpcServerProcess.start("ours");
      const listed = await grpcurl(server, link, [], "list");
      assert.deepEqual(listed.output.trim().split("\n"), SERVICES, listed.output);
      const methods = await grpcurl(server, link, [], "list", SERVICES[3]);
      assert.match(
        methods.output,
        /EchoService\.Converse\n.*EchoService\.Count\n.*EchoService\.Echo\n/,
      );
      const service = await grpcurl(server, link, [], "describe", SERVICES[3]);
      assert.match(service.output, /rpc Converse \( stream .*ConverseRequest \) returns \( stream/);
      const message = await grpcurl(server, link, [], "describe", "jumpstarter.test.v1.SumRequest");
      assert.match(message.output, /sint64 number = 1;/);

      const echo = ["-d", '{"text":"grüße","data":"AP8="}'];
      const echoed = await grpcurl(server, link, echo, `${SERVICES[3]}/Echo`);
      assert.deepEqual(values(echoed.output), [{ text: "grüße", data: "AP8=" }]);
      const counted = await grpcurl(server, link, ["-d", '{"to":3}'], `${SERVICES[3]}/Count`);
      assert.deepEqual(values(counted.output), [{ number: 1 }, { number: 2 }, { number: 3 }]);
      const numbers = ["-d", '{"number":40} {"number":-2} {"number":4}'];
      const summed = await grpcurl(server, link, numbers, `${SERVICES[3]}/Sum`);
      assert.deepEqual(values(summed.output), [{ sum: "42", count: 3 }]);
      const words = ["-d", '{"text":"a"} {"text":"b"}'];
      const conversed = await grpcurl(server, link, words, `${SERVICES[3]}/Converse`);
      assert.deepEqual(values(conversed.output), [{ text: "a" }, { text: "b" }]);

      const health = await grpcurl(server, link, [], "grpc.health.v1.Health/Check");
      assert.deepEqual(values(health.output), [{ status: "SERVING" }]);
    },
  );
}

testWith("grpcurl sees metadata, errors and unknown methods as they are", ["grpcurl"], async () => {
  await using server = await GrpcServerProcess.start("ours");
  const headers = ["-v", "-H", "x-name: board", "-H", "x-raw-bin: AAEC/w=="];
  const echoed = await grpcurl(server, "tcp", headers, `${SERVICES[3]}/Echo`);
  assert.match(
    echoed.output,
    /Response headers[^]*echoed-x-name: board[^]*echoed-x-raw-bin: AAEC\/w==/,
  );
  assert.match(echoed.output, /Response trailers[^]*echoed-x-name: board/);
  const failing = ["-d", '{"code":9,"message":"100% größer\\nnächste Zeile"}'];
  const failed = await grpcurl(server, "tcp", failing, `${SERVICES[3]}/Fail`);
  assert.match(failed.output, /Code: FailedPrecondition\s+Message: 100% größer\nnächste Zeile/);
  const late = await grpcurl(
    server,
    "tcp",
    ["-max-time", "0.2", "-d", '{"milliseconds":20000}'],
    `${SERVICES[3]}/Wait`,
  );
  assert.match(late.output, /DeadlineExceeded/);
});
