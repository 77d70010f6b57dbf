import { startProcess, type TestProcess } from "@jumpstarter/testing/process";
import { fileURLToPath } from "node:url";

/** The kit beside the checkout that runs upstream's release, and the Python it runs with. */
const KIT = fileURLToPath(new URL("../../../../shared/peer", import.meta.url));
const VENV = Deno.env.get("JMP_PEER_VENV") ?? `${Deno.env.get("HOME")}/.cache/jmp-peer/venv`;

/** An exporter of upstream's release, in a process of its own. */
export interface UpstreamExporter extends AsyncDisposable {
  /** `unix:` and the path of its socket. */
  readonly address: string;
  /** The folder that its storage driver serves. */
  readonly storage: string;
  /** Its process. */
  readonly process: TestProcess;
}

/** Starts an exporter with the kit's standard tree. */
export async function serveUpstream(): Promise<UpstreamExporter> {
  const folder = await Deno.makeTempDir({ prefix: "jumpstarter-" });
  const address = `unix:${folder}/socket`;
  const remove = (): Promise<void> => Deno.remove(folder, { recursive: true });
  let process: TestProcess;
  try {
    process = await startProcess(`${VENV}/bin/python`, {
      args: [`${KIT}/serve.py`, address],
      env: { PEER_DATA_DIR: folder },
      deadlineMs: 60_000,
    });
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    address,
    storage: `${folder}/storage`,
    process,
    async [Symbol.asyncDispose](): Promise<void> {
      await process[Symbol.asyncDispose]();
      await remove();
    },
  };
}

/** Registers a test against upstream's release; ignored, with the reason in its name, where that is not installed. */
export function testWithUpstream(
  name: string,
  run: (t: Deno.TestContext, exporter: UpstreamExporter) => Promise<void>,
): void {
  if (!exists(`${VENV}/bin/python`) || !exists(`${KIT}/serve.py`)) {
    Deno.test({ name: `${name} [needs ../shared/peer/setup]`, ignore: true, fn: () => {} });
    return;
  }
  Deno.test(name, async (t) => {
    await using exporter = await serveUpstream();
    await run(t, exporter);
  });
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
