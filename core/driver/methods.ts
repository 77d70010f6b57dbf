import type { DescMethod, DescService, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { Duplex } from "../stream/mod.ts";
import type { DriverCall } from "./call.ts";

/** A value, or a promise of it. */
export type Awaitable<T> = T | Promise<T>;

/** What a method may return: the response's fields; nothing for `google.protobuf.Empty`. */
export type DriverResult<M extends DescMethod> = M["output"]["typeName"] extends
  "google.protobuf.Empty" ? void : MessageInitShape<M["output"]>;

/**
 * How a driver implements one rpc:
 *
 * - unary: takes the request, returns the response's fields, or nothing for `google.protobuf.Empty`;
 * - server stream: takes the request, returns what yields the responses. When the caller has had enough, `return` is
 *   called on it and `call.signal` is aborted;
 * - a stream of `jumpstarter.driver.v1.StreamData` both ways: opens the byte stream to the device and returns it.
 */
export type DriverMethod<M extends DescMethod> = M["methodKind"] extends "bidi_streaming"
  ? (call: DriverCall) => Awaitable<Duplex>
  : M["methodKind"] extends "server_streaming"
    ? (request: MessageShape<M["input"]>, call: DriverCall) => AsyncIterable<DriverResult<M>>
  : (request: MessageShape<M["input"]>, call: DriverCall) => Awaitable<DriverResult<M>>;

/**
 * What a class has to have to implement an interface: a method for each rpc, by the rpc's name in camelCase. A driver may
 * leave out what its device cannot do: callers get UNIMPLEMENTED, by name NOT_FOUND.
 */
export type DriverMethods<S extends DescService> = {
  [K in keyof S["method"]]?: DriverMethod<S["method"][K]>;
};
