/** Bytes read at a time: what a frame between two of our own carries. */
const READ_BYTES = 256 * 1024;

/** Options of {@linkcode fileSource}. */
export interface FileSourceOptions {
  /** Called when the file has been read to its end, or given up; closes the file unless told. */
  onEnd?: () => void;
  /** The most bytes to read; to the file's end unless told. */
  bytes?: number;
}

/** Reads a file from where it stands, one chunk ahead of who takes them. */
export function fileSource(
  file: Deno.FsFile,
  options: FileSourceOptions = {},
): ReadableStream<Uint8Array> {
  let rest = options.bytes ?? Infinity;
  let onEnd: (() => void) | undefined = options.onEnd ?? ((): void => file.close());
  let reading: Promise<unknown> | undefined;
  const end = (): void => {
    onEnd?.();
    onEnd = undefined;
  };
  return new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      const buffer = new Uint8Array(Math.min(READ_BYTES, rest));
      const read = file.read(buffer);
      reading = read;
      let count: number | null;
      try {
        count = buffer.length === 0 ? null : await read;
      } catch (error) {
        end();
        throw error;
      }
      if (onEnd === undefined) return; // cancelled meanwhile
      if (count === null) {
        end();
        return controller.close();
      }
      rest -= count;
      controller.enqueue(buffer.subarray(0, count));
    },
    async cancel(): Promise<void> {
      const finish = end;
      await Promise.resolve(reading).catch(() => {});
      finish();
    },
  }, { highWaterMark: 1 });
}

/**
 * Opens a local file to be read.
 *
 * @throws {Deno.errors.NotFound} if there is none
 * @throws {Deno.errors.IsADirectory} if it is a directory
 */
export async function openSource(
  path: string | URL,
): Promise<{ readable: ReadableStream<Uint8Array>; size: number | undefined }> {
  const file = await Deno.open(path, { read: true });
  const info = await file.stat();
  if (info.isDirectory) {
    file.close();
    throw new Deno.errors.IsADirectory(`Cannot read ${path}: it is a directory`);
  }
  return { readable: fileSource(file), size: info.isFile ? info.size : undefined };
}
