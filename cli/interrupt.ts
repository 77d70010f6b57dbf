/** Ctrl-C and SIGTERM, as a signal for what is under way. */
export interface Interrupt extends Disposable {
  /** Aborted by the first. */
  readonly signal: AbortSignal;
  /** Which came: `SIGINT`, `SIGTERM`; undefined as long as none did. */
  readonly received: Deno.Signal | undefined;
}

/** Exit code of what a signal has ended (cli-spec §1.6). */
export const INTERRUPTED_EXIT_CODE = 2;

/** Windows has no SIGTERM to listen to. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];

/** Listens to Ctrl-C and SIGTERM. The second one ends the program at once. */
export function listenForInterrupt(): Interrupt {
  const controller = new AbortController();
  let received: Deno.Signal | undefined;
  const listeners = SIGNALS.map((name) => {
    const listener = (): void => {
      if (received !== undefined) Deno.exit(INTERRUPTED_EXIT_CODE);
      received = name;
      controller.abort(new DOMException(`${name} received`, "AbortError"));
    };
    Deno.addSignalListener(name, listener);
    return { name, listener };
  });
  return {
    signal: controller.signal,
    get received(): Deno.Signal | undefined {
      return received;
    },
    [Symbol.dispose](): void {
      for (const { name, listener } of listeners) Deno.removeSignalListener(name, listener);
    },
  };
}
