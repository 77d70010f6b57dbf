/**
 * Holds the promise of the wire: nobody's old client stops working. Compares the `.proto` files with those of the last
 * commit; when the working tree has not changed them since, that commit with the one before.
 */
import { runBuf } from "./buf.ts";
import { runCommand } from "./command.ts";
import { reportProblems } from "./problems.ts";
import { ROOT } from "./repository.ts";

const git = (...args: string[]) => runCommand("git", args, { cwd: ROOT });

/** The commit to compare with, or `undefined` when there is none that has a `buf.yaml`. */
async function baseCommit(): Promise<string | undefined> {
  const unchanged = (await git("diff", "--quiet", "HEAD", "--", "proto")).code === 0;
  const base = unchanged ? "HEAD~1" : "HEAD";
  const { code } = await git("cat-file", "-e", `${base}:buf.yaml`);
  return code === 0 ? base : undefined;
}

/** What buf says against the `.proto` files when they take the place of those in `folder`; empty when nothing. */
export async function breakingChanges(folder: string): Promise<string> {
  const { code, output } = await runBuf(["breaking", "--against", folder]);
  return code === 0 ? "" : output.trimEnd();
}

if (import.meta.main) {
  const base = await baseCommit();
  const folder = await Deno.makeTempDir({ prefix: "jmp-breaking-" });
  try {
    if (base === undefined) {
      console.log("There is no earlier commit to compare with");
    } else {
      await git(
        "archive",
        "--output",
        `${folder}/a.tar`,
        base,
        "proto",
        "testing/proto",
        "buf.yaml",
      );
      await runCommand("tar", ["xf", "a.tar"], { cwd: folder });
      reportProblems((await breakingChanges(folder)).split("\n").filter((line) => line !== ""));
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
