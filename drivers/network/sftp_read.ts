import { Buffer } from "node:buffer";
import type { Sftp } from "./ssh_library.ts";

/** Bytes of one request: what every server answers whole (draft-ietf-secsh-filexfer-02 §3). */
const BLOCK_BYTES = 32 * 1024;
/** Requests under way at a time: 2 MiB in flight fill a fast line over a long way. */
const REQUESTS = 64;
/** SSH_FX_EOF, as the same draft has it. */
const END_OF_FILE = 1;

/**
 * Reads a file of a device, in order, with many requests under way. `ssh2` has the same for whole files, but that never
 * ends in Deno 2.6.
 *
 * @throws {Error} what the server says
 */
export async function* readSftpFile(sftp: Sftp, path: string): AsyncGenerator<Uint8Array> {
  const handle = await new Promise<Uint8Array>((resolve, reject) => {
    sftp.open(path, "r", (error, handle) => error ? reject(error) : resolve(handle));
  });
  const blocks: Promise<Uint8Array>[] = [];
  try {
    for (let at = 0;; at += BLOCK_BYTES) {
      const block = readBlock(sftp, handle, at);
      block.catch(() => {});
      blocks.push(block);
      if (blocks.length < REQUESTS) continue;
      const bytes = await blocks.shift()!;
      if (bytes.length > 0) yield bytes;
      if (bytes.length < BLOCK_BYTES) return;
    }
  } finally {
    await Promise.allSettled(blocks);
    await new Promise<void>((resolve) => sftp.close(handle, () => resolve()));
  }
}

/** A whole block, or what is left of the file. */
async function readBlock(sftp: Sftp, handle: Uint8Array, at: number): Promise<Uint8Array> {
  const block = Buffer.alloc(BLOCK_BYTES);
  let length = 0;
  while (length < BLOCK_BYTES) {
    const count = await new Promise<number>((resolve, reject) => {
      sftp.read(handle, block, length, BLOCK_BYTES - length, at + length, (error, count) => {
        if (!error) return resolve(count);
        if ((error as { code?: unknown }).code === END_OF_FILE) return resolve(0);
        reject(error);
      });
    });
    if (count === 0) break;
    length += count;
  }
  return block.subarray(0, length);
}
