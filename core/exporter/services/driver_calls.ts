import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import {
  type DriverCallRequest,
  type DriverCallResponse,
  DriverCallResponseSchema,
  ExporterStatus,
  type StreamingDriverCallRequest,
  type StreamingDriverCallResponse,
  StreamingDriverCallResponseSchema,
} from "@jumpstarter/proto/v1";
import {
  DriverMethodCall,
  type DriverNode,
  findMethod,
  requestFromValues,
  valueFromResponse,
} from "../../driver/mod.ts";
import type { Session } from "../session.ts";

/** `DriverCall`: a unary method by name. */
export async function driverCall(
  session: Session,
  request: DriverCallRequest,
  context: HandlerContext,
): Promise<DriverCallResponse> {
  const { plan, call } = start(session, request, "unary", context.signal);
  const response = await call.unary(requestFromValues(plan, request.args));
  return create(DriverCallResponseSchema, {
    uuid: crypto.randomUUID(),
    result: valueFromResponse(plan, response),
  });
}

/** `StreamingDriverCall`: a method that streams its results, by name. */
export async function* streamingDriverCall(
  session: Session,
  request: StreamingDriverCallRequest,
  context: HandlerContext,
): AsyncGenerator<StreamingDriverCallResponse> {
  const { plan, call } = start(session, request, "stream", context.signal);
  const uuid = crypto.randomUUID();
  for await (const response of call.stream(requestFromValues(plan, request.args))) {
    yield create(StreamingDriverCallResponseSchema, {
      uuid,
      result: valueFromResponse(plan, response),
    });
  }
}

function start(
  session: Session,
  request: DriverCallRequest | StreamingDriverCallRequest,
  kind: "unary" | "stream",
  signal: AbortSignal,
): { plan: ReturnType<typeof findMethod>; call: DriverMethodCall } {
  checkStatus(session);
  const node = driverOf(session, request.uuid);
  const plan = findMethod(node, request.method, kind);
  return { plan, call: new DriverMethodCall(node, plan, session.resources, signal) };
}

/**
 * The driver that a request names.
 *
 * @throws {ConnectError} UNKNOWN if there is none: NOT_FOUND would tell upstream's clients that the method is missing
 */
export function driverOf(session: Session, uuid: string): DriverNode {
  const node = session.tree.find(uuid);
  if (node === undefined) {
    throw new ConnectError(`No driver has UUID '${uuid}'`, Code.Unknown);
  }
  return node;
}

/** Refuses calls while nobody has the board (core-spec §4.5). */
function checkStatus({ status }: Session): void {
  if (status.allowsCalls) return;
  throw new ConnectError(
    `Exporter not ready for driver calls (status: ${ExporterStatus[status.now.status]})`,
    Code.FailedPrecondition,
  );
}
