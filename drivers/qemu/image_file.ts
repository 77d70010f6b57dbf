/** Bytes that are written at a time, or left out if they are all zero. */
const BLOCK_BYTES = 1024 * 1024;

/**
 * Writes an image to a file. Blocks of zeros are not written: where the file system can, they take no room.
 *
 * The file is there when all of it is: what was there before stays until then, and if writing fails.
 *
 * @param path where it goes; its folder exists
 * @param source the image
 * @returns bytes of the image
 */
export async function writeImage(
  path: string,
  source: ReadableStream<Uint8Array>,
  signal?: AbortSignal,
): Promise<number> {
  await using part = await newPart(path);
  using file = await Deno.open(part.path, { write: true });
  const block = new Uint8Array(BLOCK_BYTES);
  const words = new BigUint64Array(block.buffer);
  let filled = 0;
  let size = 0;
  const flush = async (): Promise<void> => {
    const hole = filled === BLOCK_BYTES && words.every((word) => word === 0n);
    if (hole) await file.seek(filled, Deno.SeekMode.Current);
    else for (let at = 0; at < filled;) at += await file.write(block.subarray(at, filled));
    size += filled;
    filled = 0;
  };
  const sink = new WritableStream<Uint8Array>({
    async write(chunk): Promise<void> {
      for (let at = 0; at < chunk.length;) {
        const taken = Math.min(chunk.length - at, BLOCK_BYTES - filled);
        block.set(taken === chunk.length ? chunk : chunk.subarray(at, at + taken), filled);
        filled += taken;
        at += taken;
        if (filled === BLOCK_BYTES) await flush();
      }
    },
    async close(): Promise<void> {
      await flush();
      await file.truncate(size);
    },
  });
  await source.pipeTo(sink, { signal });
  await part.done();
  return size;
}

/** A file that takes another's place once it is complete. Disposing removes it if it is not. */
export interface PartFile extends AsyncDisposable {
  /** Where it is written. */
  readonly path: string;
  /** Puts it in its place. */
  done(): Promise<void>;
}

/** Begins a file that is to be at `path`, in the same folder. */
export async function newPart(path: string): Promise<PartFile> {
  const at = path.lastIndexOf("/");
  const part = await Deno.makeTempFile({ dir: path.slice(0, at), prefix: path.slice(at + 1) });
  let done = false;
  return {
    path: part,
    async done(): Promise<void> {
      await Deno.rename(part, path);
      done = true;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      if (!done) await Deno.remove(part);
    },
  };
}
