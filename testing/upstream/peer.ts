import { fileURLToPath } from "node:url";

/**
 * Upstream's release in Python beside ours, and the kit that drives it: see the kit's README. `JMP_PEER_VENV` and
 * `JMP_PEER_KIT` say where they are.
 */
export interface UpstreamPeer {
  /** The kit's folder: `interop_client.py`, `exporter.yaml`. */
  readonly kit: string;
  /** The environment's folder of programs: `python`, `jmp`, `j`. */
  readonly bin: string;
}

/** Looks for the peer; `undefined` if it is not installed. */
export function findUpstreamPeer(): UpstreamPeer | undefined {
  const venv = Deno.env.get("JMP_PEER_VENV") ?? `${Deno.env.get("HOME")}/.cache/jmp-peer/venv`;
  const kit = Deno.env.get("JMP_PEER_KIT") ??
    fileURLToPath(new URL("../../../shared/peer", import.meta.url));
  const needed = [`${venv}/bin/python`, `${venv}/bin/jmp`, `${kit}/interop_client.py`];
  return needed.every(exists) ? { kit, bin: `${venv}/bin` } : undefined;
}

/** Registers a test against upstream's release; ignored, with the reason in its name, where that is not installed. */
export function testWithUpstreamPeer(
  claim: string,
  run: (peer: UpstreamPeer, t: Deno.TestContext) => Promise<void>,
): void {
  const peer = findUpstreamPeer();
  if (peer !== undefined) Deno.test(claim, (t) => run(peer, t));
  else Deno.test({ name: `${claim} [needs ../shared/peer/setup]`, ignore: true, fn: () => {} });
}

/** The environment in which the peer's client may use every driver, and says nothing of its own accord. */
export function upstreamClientEnv(configHome: string): Record<string, string> {
  return {
    JMP_DRIVERS_ALLOW: "UNSAFE",
    JMP_CLIENT_CONFIG_HOME: configHome,
    NONINTERACTIVE: "1",
    TERM: "dumb",
    // Wide enough for Rich not to break lines.
    COLUMNS: "400",
  };
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
