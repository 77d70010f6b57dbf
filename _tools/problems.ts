/** Ends a check: prints its problems, one a line, and sets the exit code. */
export function reportProblems(problems: readonly string[]): void {
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) Deno.exitCode = 1;
}
