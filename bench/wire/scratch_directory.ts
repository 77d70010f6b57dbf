/** A new directory that is removed with all it holds. */
export class ScratchDirectory implements AsyncDisposable {
  #path = Deno.makeTempDirSync({ prefix: "jmp-bench-" });

  /** The path of a file in it. */
  file(name: string): string {
    return `${this.#path}/${name}`;
  }

  /** Removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#path, { recursive: true });
  }
}
