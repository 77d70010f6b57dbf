import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { type DescFile, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { file_jumpstarter_client_v1_client } from "@jumpstarter/proto/client/v1";
import * as v1 from "@jumpstarter/proto/v1";
import { runTool } from "@jumpstarter/testing/process";
import { requireTool, testWith } from "@jumpstarter/testing/tool";
import { descriptorFacts } from "./descriptor_facts_test.ts";

/** The release that the Python environment of the tests holds. */
const UPSTREAM = "0.9.0";

const OURS: readonly DescFile[] = [
  file_jumpstarter_client_v1_client,
  v1.file_jumpstarter_v1_common,
  v1.file_jumpstarter_v1_jumpstarter,
  v1.file_jumpstarter_v1_kubernetes,
  v1.file_jumpstarter_v1_router,
];

/**
 * What upstream has added since, or has reserved (`file_descriptor_proto`), and the file telemetry.proto; a name stands
 * for everything below it as well.
 */
const ADDED_LATER: readonly string[] = [
  "jumpstarter.client.v1.Lease.ContextEntry",
  "jumpstarter.client.v1.Lease.context",
  "jumpstarter.v1.ControllerService/GetServiceEndpoints",
  "jumpstarter.v1.DriverInstanceReport.file_descriptor_proto",
  "jumpstarter.v1.GetReportResponse.motd",
  "jumpstarter.v1.GetServiceEndpointsRequest",
  "jumpstarter.v1.GetServiceEndpointsResponse",
  "jumpstarter.v1.LogStreamResponse.StructuredFieldsEntry",
  "jumpstarter.v1.LogStreamResponse.driver_type",
  "jumpstarter.v1.LogStreamResponse.operation",
  "jumpstarter.v1.LogStreamResponse.structured_fields",
  "jumpstarter.v1.LogStreamResponse.timestamp",
  "jumpstarter.v1.StatusResponse.ContextEntry",
  "jumpstarter.v1.StatusResponse.context",
  "jumpstarter.v1.TelemetryEndpoint",
];

/** What upstream has taken away since. */
const REMOVED_LATER: readonly string[] = [
  "jumpstarter.v1.AuditStreamRequest",
  "jumpstarter.v1.ControllerService/AuditStream",
];

function covered(name: string, list: readonly string[]): boolean {
  return list.some((entry) => name === entry || name.startsWith(`${entry}.`));
}

/** All facts of one side in one map. */
function factsOf(files: Iterable<Parameters<typeof descriptorFacts>[0]>): Map<string, string> {
  return new Map([...files].flatMap((file) => [...descriptorFacts(file)]));
}

testWith(`the protocol is that of upstream ${UPSTREAM}, field for field`, ["python"], async () => {
  const script = fileURLToPath(new URL("testdata/upstream_descriptors.py", import.meta.url));
  const result = await runTool(requireTool("python"), { args: [script] });
  assert.equal(result.code, 0, result.output);
  const theirs = factsOf(fromBinary(FileDescriptorSetSchema, result.stdout).file);
  const ours = factsOf(OURS.map((file) => file.proto));

  const differences: string[] = [];
  for (const name of new Set([...theirs.keys(), ...ours.keys()])) {
    const [their, our] = [theirs.get(name), ours.get(name)];
    if (their === our) continue;
    if (their === undefined && covered(name, ADDED_LATER)) continue;
    if (our === undefined && covered(name, REMOVED_LATER)) continue;
    differences.push(`${name}: upstream has '${their}', we have '${our}'`);
  }
  assert.deepEqual(differences, []);
  // A line of the lists above that says nothing any more would hide a later mistake.
  for (const entry of ADDED_LATER) assert.ok(!theirs.has(entry), `${entry} is in upstream`);
  for (const entry of REMOVED_LATER) assert.ok(theirs.has(entry), `${entry} is not in upstream`);
});
