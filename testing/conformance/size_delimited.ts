/** Messages with their size in front, 4 octets, highest first: how connectconformance talks to programs under test. */
import { type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";

/** Octets of the size. */
const PREFIX = 4;

/**
 * Reads messages from standard input until it ends.
 *
 * @throws {Deno.errors.UnexpectedEof} when it ends within a message.
 */
export async function* readMessages<D extends DescMessage>(
  schema: D,
): AsyncGenerator<MessageShape<D>> {
  let rest = new Uint8Array(0);
  for await (const chunk of Deno.stdin.readable) {
    const bytes = new Uint8Array(rest.length + chunk.length);
    bytes.set(rest);
    bytes.set(chunk, rest.length);
    rest = bytes;
    while (rest.length >= PREFIX) {
      const end = PREFIX + new DataView(rest.buffer, rest.byteOffset).getUint32(0);
      if (rest.length < end) break;
      yield fromBinary(schema, rest.subarray(PREFIX, end));
      rest = rest.subarray(end);
    }
  }
  if (rest.length > 0) {
    throw new Deno.errors.UnexpectedEof(
      `Cannot read message: input ended after ${rest.length} octets of it`,
    );
  }
}

/** Writes one message to standard output, whole before any other. */
export function writeMessage<D extends DescMessage>(schema: D, message: MessageShape<D>): void {
  const body = toBinary(schema, message);
  const bytes = new Uint8Array(PREFIX + body.length);
  new DataView(bytes.buffer).setUint32(0, body.length);
  bytes.set(body, PREFIX);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}
