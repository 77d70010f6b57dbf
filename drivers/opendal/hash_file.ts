import { createHash } from "node:crypto";
import type { Storage } from "./storage.ts";

/** Digests that files are compared by. */
export type HashAlgorithm = "md5" | "sha256";

/** The digest of a file on a storage, in lower-case hexadecimal. */
export async function hashFile(
  storage: Storage,
  path: string,
  algorithm: HashAlgorithm,
  signal: AbortSignal,
): Promise<string> {
  const reader = await storage.openRead(path);
  try {
    return await hashStream(reader.stream(0, signal), algorithm, signal);
  } finally {
    reader.close();
  }
}

/** The digest of a stream, which is read to its end. */
export async function hashStream(
  stream: ReadableStream<Uint8Array>,
  algorithm: HashAlgorithm,
  signal?: AbortSignal,
): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of stream) {
    signal?.throwIfAborted();
    hash.update(chunk);
  }
  return hash.digest("hex");
}
