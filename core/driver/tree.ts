import { create } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { type DriverInstanceReport, DriverInstanceReportSchema } from "@jumpstarter/proto/v1";
import { Composite } from "./composite.ts";
import type { DriverDefinition } from "./definition.ts";
import { DriverNode, ProxyNode, type TreeNode } from "./driver_node.ts";
import type { LogSink } from "./log.ts";
import { type ConfigProblem, DriverConfigError, type NodeConfig } from "./node_config.ts";
import { type DriverRegistry, UnknownDriverError } from "./registry.ts";
import { type BaseConfig, validateDriverConfig } from "./validate_config.ts";

/** What a {@linkcode DriverTree} is built from. */
export interface TreeOptions {
  /** The root, or the root's children by name, as an exporter file's `export:` has them. */
  root: NodeConfig;
  /** What the root is for. */
  description?: string;
  /** Knows the drivers. */
  registry: DriverRegistry;
  /** Where drivers' logs go. Nowhere unless told. */
  sink?: LogSink;
  /** Where modules beside the file are looked for. */
  baseFolder?: string;
  /** The keys on the way to the root in the file, for errors. */
  keys?: readonly string[];
}

/** A node's configuration, checked; nothing is made yet. */
interface Checked {
  readonly proxy?: string;
  readonly definition: DriverDefinition;
  readonly config: unknown;
  readonly base: BaseConfig;
  readonly description?: string;
  readonly methodsDescription: Readonly<Record<string, string>>;
  readonly children: readonly (readonly [name: string, checked: Checked])[];
}

const NO_BASE: BaseConfig = { labels: {}, logLevel: "info" };

/**
 * Checks a tree's configuration without touching a device: types, each driver's `config:`, where proxies lead.
 *
 * @returns all problems; empty if there are none
 */
export async function checkTree(options: TreeOptions): Promise<readonly ConfigProblem[]> {
  const problems: ConfigProblem[] = [];
  const keys = options.keys ?? [];
  const checked = await check(options.root, options, keys, problems);
  checkProxies(checked, checked, keys, problems);
  return problems;
}

async function check(
  node: NodeConfig,
  options: TreeOptions,
  keys: readonly string[],
  problems: ConfigProblem[],
): Promise<Checked> {
  const children: [string, Checked][] = [];
  // The root's children stand under `export:` itself.
  const under = keys.length === (options.keys ?? []).length && node.kind === "composite"
    ? keys
    : [...keys, "children"];
  if (node.kind !== "proxy") {
    for (const [name, child] of Object.entries(node.children)) {
      children.push([name, await check(child, options, [...under, name], problems)]);
    }
  }
  const empty = {
    definition: Composite,
    config: {},
    base: NO_BASE,
    methodsDescription: {},
    children,
  };
  if (node.kind === "composite") return empty;
  if (node.kind === "proxy") return { ...empty, proxy: node.ref };
  let definition: DriverDefinition;
  try {
    definition = await options.registry.load(node.type, options.baseFolder);
  } catch (error) {
    if (!(error instanceof UnknownDriverError)) throw error;
    problems.push({ path: [...keys, "type"], message: error.message, hint: error.hint });
    return empty;
  }
  const { config, base, problems: found } = validateDriverConfig(definition, node.config);
  for (const problem of found) {
    problems.push({ ...problem, path: [...keys, "config", ...problem.path] });
  }
  const { description, methodsDescription = {} } = node;
  return { definition, config, base, description, methodsDescription, children };
}

/** Whether a proxy leads to a driver, and not into itself. */
function checkProxies(
  root: Checked,
  at: Checked,
  keys: readonly string[],
  problems: ConfigProblem[],
): void {
  for (const [name, child] of at.children) {
    const path = at === root ? [...keys, name] : [...keys, "children", name];
    if (child.proxy === undefined) checkProxies(root, child, path, problems);
    else if (!leadsSomewhere(root, child.proxy, new Set())) {
      problems.push({
        path: [...path, "ref"],
        message: `Proxy driver ${name} references nonexistent driver ${child.proxy}`,
      });
    }
  }
}

function leadsSomewhere(root: Checked, ref: string, seen: Set<string>): boolean {
  if (ref === "" || seen.has(ref)) return false;
  seen.add(ref);
  const names = ref.split(".");
  let at = root;
  for (const [i, name] of names.entries()) {
    const next = at.children.find(([child]) => child === name)?.[1];
    if (next === undefined) {
      // Drivers may bring children that only show once they are made.
      return at !== root && at.definition !== Composite;
    }
    if (next.proxy !== undefined) {
      return leadsSomewhere(root, [next.proxy, ...names.slice(i + 1)].join("."), seen);
    }
    at = next;
  }
  return true;
}

/** The drivers of one session: made anew for each. */
export class DriverTree implements AsyncDisposable {
  /** The root. */
  readonly root: DriverNode;
  readonly #ended: AbortController;
  readonly #byUuid = new Map<string, DriverNode>();

  private constructor(root: DriverNode, ended: AbortController) {
    this.root = root;
    this.#ended = ended;
  }

  /**
   * Builds a tree. A driver that cannot be made is logged and left for later: the others work.
   *
   * @throws {DriverConfigError} with all that is wrong in the configuration, before any driver is made
   */
  static async build(options: TreeOptions): Promise<DriverTree> {
    const problems: ConfigProblem[] = [];
    const keys = options.keys ?? [];
    const checked = await check(options.root, options, keys, problems);
    checkProxies(checked, checked, keys, problems);
    if (problems.length > 0) throw new DriverConfigError(problems);
    const ended = new AbortController();
    const sink = options.sink ?? (() => {});
    const described = options.description === undefined
      ? checked
      : { ...checked, description: options.description };
    const root = await make(described, "", "", sink, ended.signal) as DriverNode;
    const tree = new DriverTree(root, ended);
    try {
      resolveProxies(root, root, new Set());
    } catch (error) {
      await tree.close();
      throw error;
    }
    return tree;
  }

  /** Aborted when the tree is closed. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** The driver with this identity, however the UUID is written; `undefined` if there is none. */
  find(uuid: string): DriverNode | undefined {
    const known = this.#byUuid.get(uuid);
    if (known !== undefined) return known;
    const wanted = uuid.toLowerCase().replaceAll("-", "");
    for (const node of this.drivers()) {
      if (node.uuid.replaceAll("-", "") !== wanted) continue;
      this.#byUuid.set(uuid, node);
      return node;
    }
    return undefined;
  }

  /** All drivers, parents before children, each once. */
  *drivers(from: DriverNode = this.root): Generator<DriverNode> {
    yield from;
    for (const child of from.children.values()) {
      if (child instanceof DriverNode) yield* this.drivers(child);
    }
  }

  /** What `GetReport` says: depth first, parents before children, a proxy's target again under its name (core-spec §6.3, §6.6). */
  reports(): DriverInstanceReport[] {
    const reports: DriverInstanceReport[] = [];
    addReports(this.root, undefined, undefined, reports);
    return reports;
  }

  /** Brings all devices into their first state. */
  reset(): Promise<void> {
    return this.root.reset();
  }

  /** Closes all drivers, children first; never fails. */
  async close(): Promise<void> {
    this.#ended.abort(new DOMException("The session has ended", "AbortError"));
    await this.root.close();
  }

  /** {@linkcode DriverTree.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

async function make(
  checked: Checked,
  name: string,
  path: string,
  sink: LogSink,
  signal: AbortSignal,
): Promise<TreeNode> {
  if (checked.proxy !== undefined) return new ProxyNode(name, checked.proxy);
  const { base, definition, config, description, methodsDescription } = checked;
  const node = new DriverNode({
    definition,
    uuid: base.uuid ?? crypto.randomUUID(),
    name,
    path,
    config,
    labels: base.labels,
    description,
    methodsDescription,
    logLevel: base.logLevel,
    sink,
    signal,
  });
  for (const [child, childChecked] of checked.children) {
    const childPath = path === "" ? child : `${path}.${child}`;
    node.children.set(child, await make(childChecked, child, childPath, sink, signal));
  }
  try {
    await node.open();
  } catch (error) {
    node.log.error(ConnectError.from(error).rawMessage, { path });
  }
  return node;
}

function resolveProxies(root: DriverNode, from: DriverNode, above: ReadonlySet<DriverNode>): void {
  for (const child of from.children.values()) {
    if (child instanceof DriverNode) resolveProxies(root, child, new Set([...above, from]));
    else if (!child.resolved) {
      const target = follow(root, child.ref);
      if (target === undefined || target === from || above.has(target)) {
        const reason = target === undefined
          ? `Proxy driver ${child.name} references nonexistent driver ${child.ref}`
          : `Proxy driver ${child.name} references ${child.ref}, which it is a part of`;
        throw new DriverConfigError([{
          path: [from.path, child.name].filter(Boolean),
          message: reason,
        }]);
      }
      child.target = target;
    }
  }
}

function follow(root: DriverNode, ref: string): DriverNode | undefined {
  let at = root;
  for (const name of ref.split(".")) {
    const next = at.children.get(name);
    if (next === undefined) return undefined;
    if (next instanceof ProxyNode && !next.resolved) {
      const target = follow(root, next.ref);
      if (target === undefined) return undefined;
      next.target = target;
    }
    at = next.target;
  }
  return at;
}

function addReports(
  node: DriverNode,
  name: string | undefined,
  parentUuid: string | undefined,
  reports: DriverInstanceReport[],
): void {
  const labels = node.labels;
  if (name !== undefined) labels["jumpstarter.dev/name"] = name;
  reports.push(create(DriverInstanceReportSchema, {
    uuid: node.uuid,
    parentUuid,
    labels,
    description: node.description || undefined,
    methodsDescription: node.methodsDescription,
  }));
  for (const [child, entry] of node.children) {
    addReports(entry.target, child, node.uuid, reports);
  }
}
