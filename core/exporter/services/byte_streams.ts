import { Code, ConnectError } from "@connectrpc/connect";
import type { RawCall } from "../../grpc/mod.ts";
import { driverError, DriverMethodCall, findMethod } from "../../driver/mod.ts";
import { isEncoding, pump, routerStream } from "../../stream/mod.ts";
import type { Session } from "../session.ts";
import { driverOf } from "./driver_calls.ts";

/** What the metadata key `request` of `RouterService.Stream` asks for (core-spec §3.2). */
type StreamRequest =
  | { readonly kind: "driver"; readonly uuid: string; readonly method: string }
  | {
    readonly kind: "resource";
    readonly uuid: string;
    readonly x_jmp_content_encoding?: string | null;
  };

/** `RouterService.Stream`: a driver's byte stream, or a file for a call to come (core-spec §3.4). */
export async function byteStream(session: Session, call: RawCall): Promise<void> {
  const request = parseRequest(call.requestHeader.get("request"));
  const node = driverOf(session, request.uuid);
  if (request.kind === "resource") {
    return await resourceStream(session, node.uuid, request.x_jmp_content_encoding ?? null, call);
  }
  const plan = findMethod(node, request.method, "bytes");
  const method = new DriverMethodCall(node, plan, session.resources, call.signal);
  const device = await method.bytes();
  call.sendInitialMetadata();
  try {
    await pump(routerStream(call), device, { signal: call.signal });
  } catch (error) {
    if (call.signal.aborted) return;
    node.log.warn(`Stream ${plan.name} failed: ${(error as Error).message}`, {
      operation: plan.name,
    });
    throw driverError(error);
  }
}

async function resourceStream(
  session: Session,
  driver: string,
  encoding: string | null,
  call: RawCall,
): Promise<void> {
  const { uuid, released } = session.resources.offer(driver, routerStream(call), call.signal);
  call.sendInitialMetadata({
    resource: JSON.stringify({ kind: "client_stream", uuid, x_jmp_content_encoding: encoding }),
    // Without the key upstream's client decompresses by itself, and fails (core-spec §3.3).
    x_jmp_accept_encoding: encoding !== null && isEncoding(encoding) ? encoding : "",
  });
  await released;
}

function parseRequest(text: string | null): StreamRequest {
  if (text === null) throw wrong("metadata key 'request' is missing");
  let request: Record<string, unknown>;
  try {
    request = JSON.parse(text);
  } catch {
    throw wrong(`'request' is no JSON: current value is '${text}'`);
  }
  const { kind, uuid, method } = request ?? {};
  if (kind !== "driver" && kind !== "resource") {
    throw wrong(`kind must be driver or resource: current value is '${kind}'`);
  }
  if (typeof uuid !== "string") throw wrong("uuid is missing");
  if (kind === "driver" && typeof method !== "string") throw wrong("method is missing");
  return request as unknown as StreamRequest;
}

function wrong(reason: string): ConnectError {
  return new ConnectError(`Cannot open stream: ${reason}`, Code.InvalidArgument);
}
