/**
 * What outlives this process for a moment: reads process ids from its standard input, the last one counts, and when
 * that ends, ends that process and removes the folder. A `kill -9` of the exporter closes the pipe as well.
 */
const GUARD = `trap "" HUP INT TERM
pid=
while read -r line; do pid=$line; done
[ -n "$pid" ] && kill -KILL "$pid" 2>/dev/null
rm -rf -- "$1"`;

/** The longest path that a socket may have (sun_path of unix(7), with its NUL). */
const MAX_SOCKET_PATH_BYTES = 107;

/**
 * A folder of a board's own for images and sockets. It is removed, and the process that was named is ended, in any case:
 * on disposal, and also when this process is killed, since a small guard process does it.
 */
export class WorkDir implements AsyncDisposable {
  /** Absolute path. */
  readonly path: string;
  readonly #guard: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  #closing: Promise<void> | undefined;

  private constructor(path: string, guard: Deno.ChildProcess) {
    this.path = path;
    this.#guard = guard;
    this.#stdin = guard.stdin.getWriter();
    this.#stdin.closed.catch(() => {});
  }

  /**
   * Makes the folder.
   *
   * @param parent where; where temporary files go (`TMPDIR`) unless told
   * @throws {RangeError} if a socket in it could not be named
   */
  static async create(parent?: string): Promise<WorkDir> {
    const path = await Deno.makeTempDir({ dir: parent, prefix: "jumpstarter-qemu-" });
    try {
      if (new TextEncoder().encode(`${path}/serial.sock`).length > MAX_SOCKET_PATH_BYTES) {
        throw new RangeError(
          `Cannot make work folder: sockets in it would have names over ${MAX_SOCKET_PATH_BYTES} bytes; ` +
            `set TMPDIR to a shorter path: current value is '${path}'`,
        );
      }
      const guard = new Deno.Command("/bin/sh", {
        args: ["-c", GUARD, "jumpstarter-guard", path],
        stdin: "piped",
        stdout: "null",
        stderr: "null",
      }).spawn();
      return new WorkDir(path, guard);
    } catch (error) {
      await Deno.remove(path, { recursive: true });
      throw error;
    }
  }

  /** The path of a file in it. */
  file(name: string): string {
    return `${this.path}/${name}`;
  }

  /** Names the process that must not outlive this one; `undefined` once it has ended. */
  watch(pid: number | undefined): void {
    // It fails when somebody has killed the guard: no reason not to go on.
    this.#stdin.write(new TextEncoder().encode(`${pid ?? ""}\n`)).catch(() => {});
  }

  /** Ends the process that is watched, and removes the folder with all that is in it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    await this.#stdin.close().catch(() => {});
    await this.#guard.status;
    // Somebody may have killed the guard.
    await Deno.remove(this.path, { recursive: true }).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}
