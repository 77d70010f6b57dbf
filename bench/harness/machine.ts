/** On what and when a suite ran: without it, figures of two runs cannot be compared. */
export interface Machine {
  /** When the suite began, ISO 8601 in UTC. */
  readonly date: string;
  /** Operating system, its release and the processor architecture. */
  readonly system: string;
  /** Count of logical processors. */
  readonly processors: number;
  /** Memory of the machine in MiB. */
  readonly memoryMebibytes: number;
  /** Version of Deno. */
  readonly deno: string;
  /** Load averages over 1, 5 and 15 minutes when the suite began (getloadavg(3)). */
  readonly loadBefore: readonly number[];
}

/** Describes this machine, now. */
export function describeMachine(): Machine {
  return {
    date: new Date().toISOString(),
    system: `${Deno.build.os} ${Deno.osRelease()} ${Deno.build.arch}`,
    processors: navigator.hardwareConcurrency,
    memoryMebibytes: Math.round(Deno.systemMemoryInfo().total / 2 ** 20),
    deno: Deno.version.deno,
    loadBefore: Deno.loadavg(),
  };
}
