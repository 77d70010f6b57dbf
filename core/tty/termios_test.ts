import assert from "node:assert/strict";
import { openPty, readTermios, Termios2, writeTermios } from "./mod.ts";

async function stty(path: string): Promise<string> {
  const { stdout } = await new Deno.Command("stty", { args: ["-F", path, "-a"] }).output();
  return new TextDecoder().decode(stdout);
}

Deno.test("a new pty edits lines, a raw one passes all bytes", async () => {
  await using cooked = openPty({ keepOpen: true });
  assert.match(await stty(cooked.path), / icanon .* echo /s);
  await using raw = openPty({ raw: true, keepOpen: true });
  const settings = await stty(raw.path);
  for (const off of ["-icanon", "-echo", "-isig", "-opost", "-icrnl", "-ixon", "-parenb"]) {
    assert.ok(settings.includes(off), off);
  }
  assert.match(settings, / cs8 /);
  assert.match(settings, /min = 1; time = 0/);
});

Deno.test("settings that were written are read back, also by others", async () => {
  await using pty = openPty({ keepOpen: true, size: { columns: 101, rows: 17 } });
  const BOTHER = 0x1000;
  const settings = readTermios(pty.fd);
  const control = settings.getUint32(Termios2.CFLAG, true) & ~0x100f;
  settings.setUint32(Termios2.CFLAG, control | BOTHER, true);
  settings.setUint32(Termios2.OSPEED, 123_456, true);
  writeTermios(pty.fd, settings);
  assert.equal(readTermios(pty.fd).getUint32(Termios2.OSPEED, true), 123_456);
  assert.match(await stty(pty.path), /rows 17; columns 101;/);
});

Deno.test("what is no terminal is refused by name", () => {
  assert.throws(() => readTermios(-1), { code: "EBADF" });
});
