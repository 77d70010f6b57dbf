/** Files here are in memory, where Linux offers that: a disk's speed is not what is measured. */
const IN_MEMORY = "/dev/shm";

/** A new directory that is removed with all it holds; in memory if possible, as the peer's bench has it. */
export class MemoryDirectory implements AsyncDisposable {
  /** Where it is. */
  readonly path: string;

  /** Makes it. */
  constructor() {
    this.path = Deno.makeTempDirSync({ prefix: "jmp-bench-", dir: inMemory() });
  }

  /** The path of a file in it. */
  file(name: string): string {
    return `${this.path}/${name}`;
  }

  /** Removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

function inMemory(): string | undefined {
  try {
    return Deno.statSync(IN_MEMORY).isDirectory ? IN_MEMORY : undefined;
  } catch {
    return undefined;
  }
}
