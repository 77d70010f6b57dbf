import type {
  DescMessage,
  DescMethodServerStreaming,
  DescMethodUnary,
  DescService,
  Message,
} from "@bufbuild/protobuf";
import { create, isMessage } from "@bufbuild/protobuf";
import { ExporterService } from "@jumpstarter/proto/v1";
import {
  type MethodPlan,
  methodPlans,
  responseFromValue,
  valuesFromRequest,
} from "../driver/internal_mod.ts";
import type { CallContext, Connection } from "./connection.ts";
import type { TypedCallOptions, TypedDriver } from "./driver_client.ts";
import type { CallOptions, DriverNode } from "./driver_node.ts";

/** Metadata of native calls: which driver is meant. */
const DRIVER_UUID = "x-jumpstarter-driver-uuid";

type Request = Partial<Message> | undefined;

/**
 * The methods of an interface on a driver: native if its exporter serves the interface, by name otherwise. Byte streams
 * are router streams in both cases.
 */
export function typedDriver<S extends DescService>(
  service: S,
  node: DriverNode,
  connection: Connection,
): TypedDriver<S> {
  const native = node.interfaces.includes(service.typeName);
  const methods: Record<string, unknown> = {};
  for (const plan of methodPlans(service)) {
    methods[plan.method.localName] = plan.kind === "bytes"
      ? (options?: CallOptions) => node.stream(plan.name, options)
      : native
      ? nativeMethod(plan, node, connection)
      : namedMethod(plan, node, connection);
  }
  return methods as TypedDriver<S>;
}

function nativeMethod({ kind, method }: MethodPlan, node: DriverNode, connection: Connection) {
  const place = { path: node.path, method: method.name };
  const headers = { [DRIVER_UUID]: node.uuid };
  if (kind === "unary") {
    const unary = method as DescMethodUnary<DescMessage, DescMessage>;
    return (request?: Request, options?: TypedCallOptions) =>
      connection.unary(unary, request ?? {}, { ...options, headers, place });
  }
  const streaming = method as DescMethodServerStreaming<DescMessage, DescMessage>;
  return (request?: Request, options?: TypedCallOptions) =>
    connection.serverStream(streaming, request ?? {}, { ...options, headers, place });
}

function namedMethod(plan: MethodPlan, node: DriverNode, connection: Connection) {
  const { driverCall, streamingDriverCall } = ExporterService.method;
  const { input } = plan.method;
  const message = (request: Request) => ({
    uuid: node.uuid,
    method: plan.name,
    args: valuesFromRequest(
      plan,
      request !== undefined && isMessage(request, input) ? request : create(input, request),
    ),
  });
  const context = (options: TypedCallOptions = {}): CallContext => ({
    signal: options.signal,
    timeoutMs: options.timeoutMs,
    place: { path: node.path, method: plan.name, byName: true },
  });
  if (plan.kind === "unary") {
    return async (request?: Request, options?: TypedCallOptions) => {
      const response = await connection.unary(driverCall, message(request), context(options));
      return responseFromValue(plan, response.result);
    };
  }
  return async function* (request?: Request, options?: TypedCallOptions) {
    const responses = connection.serverStream(
      streamingDriverCall,
      message(request),
      context(options),
    );
    for await (const response of responses) yield responseFromValue(plan, response.result);
  };
}
