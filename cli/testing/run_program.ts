import { fileURLToPath } from "node:url";

/** How a run of `jmp` or `j` ended. */
export interface ProgramRun {
  /** The exit code. */
  readonly code: number;
  /** Standard output. */
  readonly stdout: string;
  /** Standard error. */
  readonly stderr: string;
}

/** Options of {@linkcode runProgram}. */
export interface ProgramOptions {
  /** Environment on top of the inherited one, without what a `jmp shell` around the tests would add. */
  env?: Record<string, string>;
  /** What standard input gives. */
  stdin?: string;
}

/** A `jmp shell` that the tests run in is not theirs. */
const NO_SHELL = {
  JUMPSTARTER_HOST: "",
  JMP_GRPC_PASSPHRASE: "",
  JMP_GRPC_INSECURE: "",
  JMP_DRIVERS_ALLOW: "",
  NO_COLOR: "1",
};

/** Starts `jmp` or `j` from the source. */
export function startProgram(
  name: "jmp" | "j",
  args: readonly string[],
  { env, stdin }: ProgramOptions = {},
): Deno.ChildProcess {
  const program = fileURLToPath(new URL(`../${name}.ts`, import.meta.url));
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "-A", program, ...args],
    env: { ...NO_SHELL, ...env },
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Runs `jmp` or `j` from the source to its end. */
export async function runProgram(
  name: "jmp" | "j",
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramRun> {
  const child = startProgram(name, args, options);
  if (options.stdin !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(options.stdin));
    await writer.close();
  }
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
