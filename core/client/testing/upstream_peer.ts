import { startProcess, type TestProcess } from "@jumpstarter/testing/process";
import { testWithUpstreamPeer, type UpstreamPeer } from "@jumpstarter/testing/upstream";

/** An exporter of upstream's release, in a process of its own. */
export interface UpstreamExporter extends AsyncDisposable {
  /** `unix:` and the path of its socket. */
  readonly address: string;
  /** The folder that its storage driver serves. */
  readonly storage: string;
}

/** Starts an exporter with the kit's standard tree. */
export async function serveUpstream({ bin, kit }: UpstreamPeer): Promise<UpstreamExporter> {
  const folder = await Deno.makeTempDir({ prefix: "jumpstarter-" });
  const address = `unix:${folder}/socket`;
  const remove = (): Promise<void> => Deno.remove(folder, { recursive: true });
  let process: TestProcess;
  try {
    process = await startProcess(`${bin}/python`, {
      args: [`${kit}/serve.py`, address],
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
    async [Symbol.asyncDispose](): Promise<void> {
      await process[Symbol.asyncDispose]();
      await remove();
    },
  };
}

/** Registers a test that uses an exporter of upstream's. */
export function testWithUpstream(
  claim: string,
  run: (t: Deno.TestContext, exporter: UpstreamExporter) => Promise<void>,
): void {
  testWithUpstreamPeer(claim, async (peer, t) => {
    await using exporter = await serveUpstream(peer);
    await run(t, exporter);
  });
}
