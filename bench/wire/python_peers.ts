import { fileURLToPath } from "node:url";

/** Programs of the kit that lies beside the repository; see `../shared/peer/README.md`. */
export interface PeerKit {
  /** Python of the venv with upstream's release in it. */
  readonly python: string;
  /** Serves an upstream exporter. */
  readonly serve: string;
  /** The tree that is measured. */
  readonly config: string;
}

/**
 * Finds Python with upstream in it. Throws with what to do when the kit or its
 * venv (`JMP_PEER_VENV`, default `$HOME/.cache/jmp-peer/venv`) is missing.
 */
export function findPeerKit(
  kit: string = fileURLToPath(new URL("../../../shared/peer", import.meta.url)),
  venv: string = Deno.env.get("JMP_PEER_VENV") ?? `${Deno.env.get("HOME")}/.cache/jmp-peer/venv`,
): PeerKit {
  const found = {
    python: `${venv}/bin/python`,
    serve: `${kit}/serve.py`,
    config: `${kit}/exporter-bench.yaml`,
  };
  if (!exists(found.serve)) {
    throw new Error(`Cannot start the Python peers: the kit must lie at '${kit}'`);
  }
  if (!exists(found.python)) {
    throw new Error(
      `Cannot start the Python peers: ${kit}/setup must make the venv first: none at '${venv}'`,
    );
  }
  return found;
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
