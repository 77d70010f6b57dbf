import { median } from "../harness/statistics.ts";

/** A program, its arguments and what it finds in the environment besides ours. */
export interface TimedCommand {
  /** Program and arguments. */
  readonly command: readonly [string, ...string[]];
  /** Environment on top of ours. */
  readonly env?: Record<string, string>;
}

/**
 * Runs a command `times` times, one after the other; the median of its wall time, from start to end, in ms.
 *
 * @throws {Error} if it ends with another exit code than 0, with the end of what it said
 */
export async function wallTime({ command, env }: TimedCommand, times: number): Promise<number> {
  const [program, ...args] = command;
  const samples: number[] = [];
  for (let run = 0; run < times; run++) {
    const start = performance.now();
    const { code, stderr } = await new Deno.Command(program, {
      args,
      env,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).output();
    samples.push(performance.now() - start);
    if (code !== 0) {
      const said = new TextDecoder().decode(stderr).slice(-500);
      throw new Error(`'${command.join(" ")}' ended with ${code}: ${said}`);
    }
  }
  return median(samples);
}
