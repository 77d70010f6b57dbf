import { runTool } from "@jumpstarter/testing/process";

const VENV = Deno.env.get("JMP_PEER_VENV") ?? `${Deno.env.get("HOME")}/.cache/jmp-peer/venv`;

function isThere(): boolean {
  try {
    return Deno.statSync(`${VENV}/bin/python`).isFile;
  } catch {
    return false;
  }
}

/** Runs a Python program with upstream's release at hand: JSON in, JSON out. */
export async function runUpstream<T>(program: string, input: unknown): Promise<T> {
  const { code, stdout, output } = await runTool(`${VENV}/bin/python`, {
    args: ["-c", `import json, sys, yaml\ndata = json.load(sys.stdin)\n${program}`],
    stdin: new TextEncoder().encode(JSON.stringify(input)),
    deadlineMs: 60_000,
  });
  if (code !== 0) throw new Error(`Cannot run upstream: exit code ${code}: output is\n${output}`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** Registers a test against upstream's release; ignored, with the reason in its name, where it is not installed. */
export function testWithUpstream(name: string, run: () => Promise<void>): void {
  if (isThere()) Deno.test(name, run);
  else Deno.test({ name: `${name} [needs ../shared/peer/setup]`, ignore: true, fn: () => {} });
}
