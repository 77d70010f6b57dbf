import assert from "node:assert/strict";
import { testWith } from "../tool.ts";
import { runSuite, SUITES } from "./run.ts";

const CLAIMS: Readonly<Record<string, string>> = {
  "server_http2": "our server conforms in gRPC, gRPC-Web and Connect over HTTP/2",
  "server_http1": "our server conforms in gRPC-Web and Connect over HTTP/1.1",
  "client_http2": "our client conforms in gRPC over HTTP/2",
};

for (const name of Object.keys(SUITES)) {
  testWith(`${CLAIMS[name]} (Connect's conformance suite)`, ["connectconformance"], async () => {
    const { ok, output } = await runSuite(name);
    assert.ok(ok, output.slice(-20_000));
  });
}
