/** Files here are in memory, where Linux offers that: a disk's speed is not what is measured. */
const IN_MEMORY = "/dev/shm";

const existing = new Set<string>();
// A bench that is interrupted must not leave its files behind: they would take memory until the machine is restarted.
globalThis.addEventListener("unload", () => {
  for (const path of existing) Deno.removeSync(path, { recursive: true });
});

/** A new directory that is removed with all it holds; in memory if possible, as the peer's bench has it. */
export class MemoryDirectory implements AsyncDisposable {
  /** Where it is. */
  readonly path: string;

  /** Makes it. */
  constructor() {
    this.path = Deno.makeTempDirSync({ prefix: "jmp-bench-", dir: inMemory() });
    existing.add(this.path);
  }

  /** Removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    existing.delete(this.path);
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
