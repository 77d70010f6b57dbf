import type { DriverInstanceReport } from "@jumpstarter/proto/v1";

/** One driver of a report, with its place in the tree. */
export interface ReportNode {
  /** What the exporter says about it. */
  readonly report: DriverInstanceReport;
  /** Its name among its siblings; empty for the root. */
  readonly name: string;
  /** The names from the root on, joined by dots. */
  readonly path: string;
  /** Its children, by name. Of two with one name the last counts. */
  readonly children: Map<string, ReportNode>;
}

/**
 * Makes a tree of a report (core-spec §6.7). A driver may be reported twice, under two names: where a parent's identity
 * occurs again, the last place before the child is meant.
 *
 * @returns the root, and all nodes in the order of the report
 * @throws {TypeError} if a parent is missing, a name is missing, or there is not exactly one root
 */
export function reportTree(
  reports: readonly DriverInstanceReport[],
): { root: ReportNode; nodes: ReportNode[] } {
  const latest = new Map<string, ReportNode>();
  const nodes: ReportNode[] = [];
  let root: ReportNode | undefined;
  for (const report of reports) {
    const name = report.labels["jumpstarter.dev/name"] ?? "";
    const parent = report.parentUuid ? latest.get(report.parentUuid) : undefined;
    if (report.parentUuid && parent === undefined) {
      throw invalid(`driver ${report.uuid} has the parent ${report.parentUuid}, which is none`);
    }
    if (parent !== undefined && name === "") throw invalid(`driver ${report.uuid} has no name`);
    const path = parent === undefined || parent.path === "" ? name : `${parent.path}.${name}`;
    const node: ReportNode = {
      report,
      name: parent === undefined ? "" : name,
      path: parent === undefined ? "" : path,
      children: new Map(),
    };
    latest.set(report.uuid, node);
    nodes.push(node);
    if (parent !== undefined) parent.children.set(name, node);
    else if (root === undefined) root = node;
    else throw invalid(`drivers ${root.report.uuid} and ${report.uuid} are both its root`);
  }
  if (root === undefined) throw invalid("it names no driver");
  return { root, nodes };
}

function invalid(reason: string): TypeError {
  return new TypeError(`Cannot read the exporter's report: ${reason}`);
}
