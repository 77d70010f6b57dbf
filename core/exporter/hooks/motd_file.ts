/** The most that is taken of a hook's message, in bytes (core-spec §12). */
const MAX_BYTES = 64 * 1024;

/** A file in which a hook may leave lines for the message of the day; gone when disposed of. */
export class MotdFile implements AsyncDisposable {
  /** Where it is. */
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Makes an empty one that only this user can read. */
  static async make(): Promise<MotdFile> {
    return new MotdFile(await Deno.makeTempFile({ prefix: "jmp-motd-" }));
  }

  /** What the hook wrote, without white space around it; empty if it wrote nothing, or put something else in the file's place. */
  async read(): Promise<string> {
    try {
      // A pipe in its place would keep the reader waiting.
      if (!(await Deno.lstat(this.path)).isFile) return "";
      using file = await Deno.open(this.path);
      const bytes = new Uint8Array(MAX_BYTES);
      let length = 0;
      for (let count; (count = await file.read(bytes.subarray(length))) !== null;) {
        length += count;
        if (length === MAX_BYTES) break;
      }
      return new TextDecoder().decode(bytes.subarray(0, length)).trim();
    } catch {
      return "";
    }
  }

  /** Removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true }).catch(() => {});
  }
}
