import { Code, ConnectError } from "@connectrpc/connect";
import type { Encoding } from "../stream/mod.ts";
import { clientStream, STREAM_PATH } from "./byte_stream.ts";
import type { Connection } from "./connection.ts";
import type { ByteStream } from "./driver_node.ts";
import { DeviceError } from "./device_error.ts";

/** A stream that a driver will open, and what to call it in the call that makes it do so. */
export interface ResourceStream {
  /** The handle's JSON text. */
  readonly handle: string;
  /** The bytes. */
  readonly stream: ByteStream;
}

/**
 * Offers a driver a stream (core-spec §5.2).
 *
 * @param uuid the driver that will be called; no other can open the stream
 * @param encoding how the bytes are compressed
 * @throws {DeviceError} if the exporter refuses
 */
export async function openResource(
  connection: Connection,
  uuid: string,
  encoding: Encoding | undefined,
  signal: AbortSignal,
): Promise<ResourceStream> {
  const request = JSON.stringify({
    kind: "resource",
    uuid,
    x_jmp_content_encoding: encoding ?? null,
  });
  const call = connection.raw(STREAM_PATH, { request }, signal);
  try {
    const text = (await call.header).get("resource");
    if (text === null) {
      // Upstream's exporters send empty metadata before they say what is wrong.
      const failure = await call.receive().then(() => call.closed);
      throw failure ?? new ConnectError("the exporter names no resource", Code.Internal);
    }
    const { kind, uuid: id } = JSON.parse(text);
    const handle = JSON.stringify({ kind, uuid: id, x_jmp_content_encoding: encoding ?? null });
    return { handle, stream: clientStream(call) };
  } catch (error) {
    call.cancel();
    throw DeviceError.of(error);
  }
}
