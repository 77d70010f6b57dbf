import assert from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import { type DriverInstanceReport, DriverInstanceReportSchema } from "@jumpstarter/proto/v1";
import { reportTree } from "./report_tree.ts";

function report(uuid: string, parentUuid?: string, name?: string): DriverInstanceReport {
  const labels: Record<string, string> = name === undefined ? {} : { "jumpstarter.dev/name": name };
  return create(DriverInstanceReportSchema, { uuid, parentUuid, labels });
}

Deno.test("a report becomes a tree with dotted paths", () => {
  const { root, nodes } = reportTree([
    report("r"),
    report("a", "r", "dut"),
    report("b", "a", "power"),
    report("c", "r", "serial"),
  ]);
  assert.deepEqual(nodes.map(({ path }) => path), ["", "dut", "dut.power", "serial"]);
  assert.deepEqual([...root.children.keys()], ["dut", "serial"]);
});

Deno.test("a driver that is reported twice has both places, each with the children that follow it", () => {
  const { nodes } = reportTree([
    report("r"),
    report("a", "r", "dut"),
    report("b", "a", "power"),
    report("a", "r", "alias"),
    report("b", "a", "power"),
  ]);
  assert.deepEqual(nodes.map(({ path }) => path), [
    "",
    "dut",
    "dut.power",
    "alias",
    "alias.power",
  ]);
});

Deno.test("of two children with one name the last counts", () => {
  const { root } = reportTree([report("r"), report("a", "r", "x"), report("b", "r", "x")]);
  assert.equal(root.children.get("x")!.report.uuid, "b");
});

Deno.test("a report that makes no sense is refused", () => {
  assert.throws(() => reportTree([]), /it names no driver/);
  assert.throws(() => reportTree([report("a"), report("b")]), /both its root/);
  assert.throws(() => reportTree([report("a", "gone", "x")]), /the parent gone, which is none/);
  assert.throws(() => reportTree([report("r"), report("a", "r")]), /has no name/);
});
