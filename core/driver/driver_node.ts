import { Code, ConnectError } from "@connectrpc/connect";
import { type MethodPlan, methodPlans } from "./by_name/mod.ts";
import type { DriverContext, DriverDefinition, DriverInstance, DriverPart } from "./definition.ts";
import { Logger, type LogLevel, type LogSink } from "./log.ts";

/** Time that a driver has to close, in ms. */
const CLOSE_TIMEOUT_MS = 10_000;

/** A failed driver is tried again with a call, but no sooner than this after the last attempt, in ms. */
const RETRY_AFTER_MS = 1_000;

/** What a {@linkcode DriverNode} is made from. */
export interface DriverNodeOptions {
  /** What it is. */
  definition: DriverDefinition;
  /** Its identity: a UUID in lower case. */
  uuid: string;
  /** Its name among its parent's children; empty for the root. */
  name: string;
  /** Where it stands: `dut.power`. */
  path: string;
  /** Its configuration, as the definition's schema made it. */
  config: unknown;
  /** Labels that the file gives it. */
  labels: Readonly<Record<string, string>>;
  /** What it is for. */
  description?: string;
  /** Help for commands that the file gives. */
  methodsDescription: Readonly<Record<string, string>>;
  /** What its logger lets through. */
  logLevel: LogLevel;
  /** Where its log goes. */
  sink: LogSink;
  /** Aborted when the session ends. */
  signal: AbortSignal;
}

/**
 * One driver of a tree: `made` once `create` worked, `failed` until then, `closed` at the end. A driver whose device is
 * not there does not keep the others from working: calls of it say what is wrong, and try again.
 */
export class DriverNode {
  /** What it is. */
  readonly definition: DriverDefinition;
  /** Its identity for as long as the tree lives. */
  readonly uuid: string;
  /** Its name among its parent's children; empty for the root. */
  readonly name: string;
  /** Where it stands: `dut.power`; empty for the root. */
  readonly path: string;
  /** What it is for. */
  readonly description: string | undefined;
  /** Its children, proxies among them, in the order of the file. */
  readonly children: Map<string, TreeNode> = new Map();
  /** Its logger. */
  readonly log: Logger;
  /** Its methods by name, whether the driver has them or not. */
  readonly methods: ReadonlyMap<string, MethodPlan>;
  readonly #options: DriverNodeOptions;
  #instance: DriverInstance | undefined;
  #failure: { error: Error; at: number } | undefined;
  #opening: Promise<DriverInstance> | undefined;
  #closed = false;

  /** A node whose driver is not made yet, or is there already. */
  constructor(options: DriverNodeOptions, instance?: DriverInstance) {
    this.#options = options;
    this.#instance = instance;
    this.definition = options.definition;
    this.uuid = options.uuid;
    this.name = options.name;
    this.path = options.path;
    this.description = options.description;
    const className = options.definition.type.split(/[.#]/).at(-1)!;
    this.log = new Logger(`driver.${className}`, options.sink, options.logLevel);
    this.methods = new Map(
      options.definition.interfaces.flatMap(methodPlans).map((plan) => [plan.name, plan]),
    );
  }

  /** The driver, if it is made. */
  get instance(): DriverInstance | undefined {
    return this.#instance;
  }

  /** Why the driver could not be made. */
  get failure(): Error | undefined {
    return this.#failure?.error;
  }

  /** The labels of its report, but for its name. */
  get labels(): Record<string, string> {
    const { interfaces, client } = this.definition;
    const labels: Record<string, string> = {
      ...this.#options.labels,
      ...this.#instance?.labels,
      "jumpstarter.dev/client": client,
    };
    if (interfaces.length > 0) {
      labels["jumpstarter.dev/interfaces"] = interfaces.map((service) => service.typeName).join();
    }
    return labels;
  }

  /** Help for commands, by the command's name. */
  get methodsDescription(): Record<string, string> {
    return { ...this.#instance?.methodsDescription, ...this.#options.methodsDescription };
  }

  /**
   * The driver; makes it if that failed earlier.
   *
   * @throws {ConnectError} UNAVAILABLE if it cannot be made, with the reason
   */
  open(): DriverInstance | Promise<DriverInstance> {
    if (this.#instance !== undefined) return this.#instance;
    if (this.#closed) throw new ConnectError("The session has ended", Code.Unavailable);
    const failure = this.#failure;
    if (failure !== undefined && performance.now() - failure.at < RETRY_AFTER_MS) {
      throw this.#unavailable(failure.error);
    }
    this.#opening ??= this.#create().finally(() => this.#opening = undefined);
    return this.#opening;
  }

  async #create(): Promise<DriverInstance> {
    const { definition, config, uuid, path, signal } = this.#options;
    const context: DriverContext = {
      uuid,
      path,
      log: this.log,
      signal,
      children: this.#parts(),
      childNames: [...this.children.keys()],
    };
    try {
      const instance = await definition.create(config, context);
      this.#failure = undefined;
      this.#adopt(instance);
      return this.#instance = instance;
    } catch (cause) {
      const error = cause instanceof Error ? cause : new Error(String(cause));
      this.#failure = { error, at: performance.now() };
      throw this.#unavailable(error);
    }
  }

  /** Makes nodes of the children that a driver brings. */
  #adopt(instance: DriverInstance): void {
    const { sink, signal, logLevel } = this.#options;
    for (const [name, part] of Object.entries(instance.parts ?? {})) {
      if (this.children.has(name)) continue;
      const child = new DriverNode({
        definition: part.definition,
        uuid: crypto.randomUUID(),
        name,
        path: this.path === "" ? name : `${this.path}.${name}`,
        config: {},
        labels: {},
        description: part.description,
        methodsDescription: {},
        logLevel,
        sink,
        signal,
      }, part.instance);
      child.#adopt(part.instance);
      this.children.set(name, child);
    }
  }

  #parts(): Map<string, DriverPart> {
    const parts = new Map<string, DriverPart>();
    for (const [name, child] of this.children) {
      // Proxies lead somewhere only once the whole tree stands.
      if (child instanceof ProxyNode && !child.resolved) continue;
      const node = child.target;
      if (node.#instance === undefined) continue;
      parts.set(name, { definition: node.definition, instance: node.#instance });
    }
    return parts;
  }

  #unavailable(error: Error): ConnectError {
    const where = this.path === "" ? "the root driver" : this.path;
    return new ConnectError(
      `Cannot open ${where}: ${error.message}`,
      Code.Unavailable,
      undefined,
      undefined,
      error,
    );
  }

  /** Itself: a proxy's is another. */
  get target(): DriverNode {
    return this;
  }

  /** Brings the device, and those of its children before it, into its first state. */
  async reset(): Promise<void> {
    for (const child of this.children.values()) {
      if (child instanceof DriverNode) await child.reset();
    }
    try {
      await this.#instance?.reset?.();
    } catch (error) {
      this.log.error(`Cannot reset ${this.path}: ${(error as Error).message}`);
    }
  }

  /** Closes children, then itself; never fails, and never takes longer than each has. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const child of [...this.children.values()].reverse()) {
      if (child instanceof DriverNode) await child.close();
    }
    await this.#opening?.catch(() => {});
    const dispose = this.#instance?.[Symbol.asyncDispose];
    if (dispose === undefined) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      await Promise.race([
        dispose.call(this.#instance),
        new Promise((_, reject) => {
          timer = setTimeout(
            () => reject(new Error(`it took longer than ${CLOSE_TIMEOUT_MS / 1000} s`)),
            CLOSE_TIMEOUT_MS,
          );
        }),
      ]);
    } catch (error) {
      this.log.error(`Error closing driver ${this.path}: ${(error as Error).message}`);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** A second name for a driver; it has no report of its own (core-spec §6.6). */
export class ProxyNode {
  /** Its name among its parent's children. */
  readonly name: string;
  /** The names on the way from the root to the driver, dotted. */
  readonly ref: string;
  #target: DriverNode | undefined;

  /** A proxy that leads nowhere yet. */
  constructor(name: string, ref: string) {
    this.name = name;
    this.ref = ref;
  }

  /** The driver. */
  get target(): DriverNode {
    if (this.#target === undefined) throw new Error(`Proxy '${this.name}' is not resolved`);
    return this.#target;
  }

  /** Where it leads, once the tree stands. */
  set target(node: DriverNode) {
    this.#target = node;
  }

  /** Whether it leads somewhere. */
  get resolved(): boolean {
    return this.#target !== undefined;
  }
}

/** A child of a driver. */
export type TreeNode = DriverNode | ProxyNode;
