import type { DescMethod, DescService, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { ByteStream, CallOptions, DriverNode } from "./driver_node.ts";

/** Options of a typed call. */
export interface TypedCallOptions extends CallOptions {
  /** Called with the response's metadata; not on calls by name. */
  onHeader?: (header: Headers) => void;
}

/**
 * How one rpc is called:
 *
 * - unary: resolves with the response;
 * - server stream: what the driver gives, until it has no more; leaving the loop cancels the call;
 * - `StreamData` both ways: resolves with the byte stream.
 */
export type TypedMethod<M extends DescMethod> = M["methodKind"] extends "bidi_streaming"
  ? (options?: CallOptions) => Promise<ByteStream>
  : M["methodKind"] extends "server_streaming" ? (
      request?: MessageInitShape<M["input"]>,
      options?: TypedCallOptions,
    ) => AsyncIterable<MessageShape<M["output"]>>
  : (
    request?: MessageInitShape<M["input"]>,
    options?: TypedCallOptions,
  ) => Promise<MessageShape<M["output"]>>;

/** A method for each rpc of an interface, by the rpc's name in camelCase. */
export type TypedDriver<S extends DescService> = {
  readonly [K in keyof S["method"]]: TypedMethod<S["method"][K]>;
};

/** A class of clients for one kind of driver. */
export interface DriverClientType<C> {
  /** Makes the client of a driver. */
  new (node: DriverNode): C;
  /** The interfaces that such drivers have. {@linkcode driverClient} sets it; other classes should, for `j`. */
  readonly interfaces?: readonly DescService[];
}

/** What every client of a driver has. Extend it for drivers without an interface, or whose methods need other names. */
export class DriverClient {
  /** The driver. */
  readonly node: DriverNode;

  /** A client of that driver. */
  constructor(node: DriverNode) {
    this.node = node;
  }
}

/** A class with the methods of an interface. */
export interface DriverClientBase<S extends DescService> {
  /** Makes the client of a driver. */
  new (node: DriverNode): TypedDriver<S> & DriverClient;
  /** The interface. */
  readonly interfaces: readonly DescService[];
}

/**
 * Makes a class with one method for each rpc, to extend with what people want to say.
 *
 * A class that needs an rpc's name for a method of its own (`flash(file)` instead of `flash({ source })`) extends
 * {@linkcode DriverClient} instead and calls `this.node.typed(service)`.
 *
 * @example
 * ```ts
 * const PowerBase: DriverClientBase<typeof PowerInterface> = driverClient(PowerInterface);
 *
 * export class PowerClient extends PowerBase {
 *   async cycle(waitSeconds = 2): Promise<void> {
 *     await this.off();
 *     await new Promise((resolve) => setTimeout(resolve, waitSeconds * 1000));
 *     await this.on();
 *   }
 * }
 * ```
 */
export function driverClient<S extends DescService>(service: S): DriverClientBase<S> {
  class TypedClient extends DriverClient {
    static readonly interfaces: readonly DescService[] = [service];

    constructor(node: DriverNode) {
      super(node);
      typedMethods.set(this, node.typed(service) as Record<string, unknown>);
    }
  }
  for (const { localName } of service.methods) {
    Object.defineProperty(TypedClient.prototype, localName, {
      configurable: true,
      writable: true,
      value(this: TypedClient, ...args: unknown[]): unknown {
        const method = typedMethods.get(this)![localName] as (...args: unknown[]) => unknown;
        return method(...args);
      },
    });
  }
  return TypedClient as unknown as DriverClientBase<S>;
}

/** The methods of each client's interface. */
const typedMethods = new WeakMap<object, Record<string, unknown>>();
