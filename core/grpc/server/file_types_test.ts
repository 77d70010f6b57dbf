import assert from "node:assert/strict";
import { createMutableRegistry } from "@bufbuild/protobuf";
import { ExporterService } from "@jumpstarter/proto/v1";
import { addFileTypes } from "./file_types.ts";

Deno.test("types of a service's file and of what it imports are known by name", () => {
  const registry = createMutableRegistry();
  addFileTypes(registry, ExporterService.file, new Set());
  assert.ok(registry.getMessage("jumpstarter.v1.GetReportResponse"));
  assert.ok(registry.getMessage("google.protobuf.Empty"));
  assert.equal(registry.getMessage("google.protobuf.Nothing"), undefined);
});
