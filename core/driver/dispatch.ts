import type { DescMethod, Message } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Duplex } from "../stream/mod.ts";
import type { MethodPlan } from "./by_name/mod.ts";
import type { DriverCall } from "./call.ts";
import type { DriverNode } from "./driver_node.ts";
import { driverError } from "./errors.ts";
import type { Logger } from "./log.ts";
import type { Resource } from "./resource.ts";
import { parseHandle } from "./resource_handle.ts";
import type { ResourceTable } from "./resource_table.ts";

/** A method of a driver, found and ready: whichever way a call came, it goes on here. */
export class DriverMethodCall implements DriverCall {
  /** Aborted when the call is over for its caller. */
  readonly signal: AbortSignal;
  /** The driver's logger. */
  readonly log: Logger;
  readonly #node: DriverNode;
  readonly #plan: MethodPlan;
  readonly #resources: ResourceTable;
  readonly #opened: Resource[] = [];

  /** A call of `plan` on `node`. */
  constructor(
    node: DriverNode,
    plan: MethodPlan,
    resources: ResourceTable,
    signal: AbortSignal,
  ) {
    this.#node = node;
    this.#plan = plan;
    this.#resources = resources;
    this.signal = signal;
    this.log = node.log;
  }

  /** Opens what a handle names. */
  async resource(text: string): Promise<Resource> {
    const handle = parseHandle(text);
    if (handle.kind === "client_stream") {
      const resource = this.#resources.take(handle, this.#node.uuid);
      this.#opened.push(resource);
      return resource;
    }
    const { openPresigned } = await import("./presigned.ts");
    const resource = await openPresigned(handle, { signal: this.signal });
    this.#opened.push(resource);
    return resource;
  }

  /**
   * Runs a unary method.
   *
   * @throws {ConnectError} with the status that the driver's error means
   */
  async unary(request: Message): Promise<Message | undefined> {
    this.#started();
    try {
      const method = await this.#method();
      const response = await method(request, this) as Message | undefined;
      this.#completed();
      return response;
    } catch (error) {
      throw this.#failed(error);
    } finally {
      await this.#release(request);
    }
  }

  /**
   * Runs a method that streams its responses; the driver's generator is ended when the caller stops.
   *
   * @throws {ConnectError} with the status that the driver's error means
   */
  async *stream(request: Message): AsyncGenerator<Message, void, undefined> {
    this.#started();
    try {
      const method = await this.#method();
      const responses = method(request, this) as AsyncIterable<Message>;
      for await (const response of until(this.signal, responses)) yield response;
      this.#completed();
    } catch (error) {
      throw this.#failed(error);
    } finally {
      await this.#release(request);
    }
  }

  /**
   * Opens a byte stream.
   *
   * @throws {ConnectError} with the status that the driver's error means
   */
  async bytes(): Promise<Duplex> {
    this.#started();
    try {
      const method = await this.#method();
      const duplex = await method(this) as Duplex;
      this.#completed();
      return duplex;
    } catch (error) {
      throw this.#failed(error);
    }
  }

  // deno-lint-ignore no-explicit-any -- the descriptor says what it takes and returns
  async #method(): Promise<(...args: any[]) => any> {
    const instance = await this.#node.open() as Record<string, unknown>;
    const { localName } = this.#plan.method;
    const method = instance[localName];
    if (typeof method !== "function") throw notFound(this.#plan.name);
    return method.bind(instance);
  }

  async #release(request: Message): Promise<void> {
    for (const field of this.#plan.resources) {
      const text = (request as unknown as Record<string, unknown>)[field.localName];
      const uuid = typeof text === "string" ? /"uuid":\s*"([^"]+)"/.exec(text)?.[1] : undefined;
      if (uuid !== undefined) await this.#resources.drop(uuid);
    }
    for (const resource of this.#opened) await resource[Symbol.asyncDispose]();
  }

  #fields(): Record<string, unknown> {
    const { category = "other" } = this.#node.definition;
    return { operation: this.#plan.name, driver_type: category };
  }

  #started(): void {
    this.log.info("Operation started", this.#fields());
  }

  #completed(): void {
    this.log.info("Operation completed", { ...this.#fields(), result: "success" });
  }

  #failed(cause: unknown): ConnectError {
    // The caller's own end is what it is, whatever the driver makes of it.
    const error = this.signal.aborted
      ? ConnectError.from(this.signal.reason, Code.Canceled)
      : driverError(cause);
    this.log.warn("Operation failed", {
      ...this.#fields(),
      result: "failure",
      error_type: errorType(error.code),
      error: error.rawMessage,
    });
    return error;
  }
}

/** What the method of this name is for a call of this kind. */
export function findMethod(
  node: DriverNode,
  name: string,
  kind: MethodPlan["kind"],
): MethodPlan {
  const plan = node.methods.get(name);
  const has = node.instance === undefined || plan === undefined ||
    typeof (node.instance as Record<string, unknown>)[plan.method.localName] === "function";
  if (plan === undefined || !has) throw notFound(name);
  if (plan.kind !== kind) {
    throw new ConnectError(`method ${name} missing marker ${MARKERS[kind]}`, Code.NotFound);
  }
  return plan;
}

/** What a method is natively, on a driver. */
export function planOfMethod(node: DriverNode, method: DescMethod): MethodPlan | undefined {
  for (const plan of node.methods.values()) if (plan.method === method) return plan;
  return undefined;
}

/** Upstream's words for the three kinds (core-spec §4.2), which its clients show. */
const MARKERS: Readonly<Record<MethodPlan["kind"], string>> = {
  unary: "marker_drivercall",
  stream: "marker_streamingdrivercall",
  bytes: "marker_streamcall",
};

function notFound(name: string): ConnectError {
  return new ConnectError(`method ${name} not found on driver`, Code.NotFound);
}

/** core-spec §4.3, column "log". */
function errorType(code: Code): string {
  switch (code) {
    case Code.Unimplemented:
    case Code.NotFound:
      return "not_implemented";
    case Code.InvalidArgument:
      return "validation_error";
    case Code.DeadlineExceeded:
      return "timeout";
    case Code.Unavailable:
      return "connection_error";
    case Code.Internal:
      return "device_error";
    default:
      return "internal_error";
  }
}

/** Yields what `source` yields until the signal is aborted, then ends `source` and throws the signal's reason. */
async function* until<T>(signal: AbortSignal, source: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  aborted.catch(() => {});
  const onAbort = (): void => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  let ended = false;
  try {
    while (true) {
      const next = await Promise.race([iterator.next(), aborted]);
      if (next.done) {
        ended = true;
        return;
      }
      yield next.value;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    // Not awaited: a generator that waits for its device gets to see the end when the device answers, or by its signal.
    if (!ended) void Promise.resolve(iterator.return?.()).catch(() => {});
  }
}
