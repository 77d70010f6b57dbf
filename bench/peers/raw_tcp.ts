/** The first byte of a connection to the raw TCP server. */
export const RawTcpMode = { ECHO: 0x65, SINK: 0x73, SOURCE: 0x64 } as const;

/** Size of the buffer that one read fills at most: bytes. */
export const READ_BYTES = 65536;

/** Writes all of `bytes`. */
export async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  let at = await conn.write(bytes);
  while (at < bytes.length) at += await conn.write(bytes.subarray(at));
}
