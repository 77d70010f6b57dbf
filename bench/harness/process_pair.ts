import type { ChildProcess } from "./child_process.ts";

/** A client process and the server process it talks to, with whatever stands between them. */
export class ProcessPair implements AsyncDisposable {
  /** Runs the operations. */
  readonly client: ChildProcess;
  /** Serves them. */
  readonly server: ChildProcess;
  #others: readonly AsyncDisposable[];

  /** Joins what was started; `others` (a proxy, a scratch directory) end last. */
  constructor(client: ChildProcess, server: ChildProcess, others: readonly AsyncDisposable[] = []) {
    this.client = client;
    this.server = server;
    this.#others = others;
  }

  /** Ends the client, then the server, then the others. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const part of [this.client, this.server, ...this.#others]) {
      await part[Symbol.asyncDispose]();
    }
  }
}

/**
 * Runs `start`, which hands each thing it starts to `keep`; what was kept is
 * closed again, last first, if `start` fails half-way.
 */
export async function startTogether(
  start: (keep: <T extends AsyncDisposable>(part: T) => T) => Promise<ProcessPair>,
): Promise<ProcessPair> {
  await using undo = new AsyncDisposableStack();
  const pair = await start((part) => undo.use(part));
  undo.move();
  return pair;
}
