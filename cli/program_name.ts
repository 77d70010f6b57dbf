/** Variable that says which program this is, where the name it was called by cannot be seen. */
const CALLED_AS = "JMP_CALLED_AS";

/**
 * Whether this program was called as `j`: by a link of that name, a copy of it, or the environment. A compiled program is
 * both.
 */
export function isCalledJ(): boolean {
  const name = Deno.env.get(CALLED_AS) ?? calledName();
  return /^j(\.exe)?$/i.test(name.split(/[/\\]/).at(-1)!);
}

/** The first word of the command line: the executable's own path follows links. */
function calledName(): string {
  if (Deno.build.os === "linux") {
    try {
      return Deno.readTextFileSync("/proc/self/cmdline").split("\0")[0];
    } catch {
      // Without /proc the executable's path must do.
    }
  }
  return Deno.execPath();
}
