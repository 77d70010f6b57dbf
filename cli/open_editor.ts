/**
 * Opens a file in the user's editor and waits until it is closed.
 *
 * @param path The file.
 * @throws {Error} if the editor cannot be started, or fails.
 */
export async function openEditor(path: string): Promise<void> {
  const editor = Deno.env.get("VISUAL") || Deno.env.get("EDITOR") || "vi";
  // Editors come with arguments: `code --wait`. A shell takes them apart, as it does for git.
  const windows = Deno.build.os === "windows";
  const command = windows
    ? new Deno.Command("cmd", { args: ["/c", `${editor} "${path}"`] })
    : new Deno.Command("/bin/sh", { args: ["-c", `${editor} "$@"`, editor, path] });
  const { code } = await command.spawn().status;
  if (code !== 0) throw new Error(`Cannot edit ${path}: '${editor}' ended with exit code ${code}`);
}
