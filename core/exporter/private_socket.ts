import { join } from "node:path";
import { type Listening, listenOn } from "./listen_address.ts";

/** The longest path of a unix socket, in bytes, without the zero byte at its end: `sun_path` of unix(7). */
const MAX_PATH_BYTES = 107;

/** Characters that the system puts after the prefix of a temporary folder, at most. */
const SUFFIX_BYTES = 24;

/** Where such folders are made. */
function usualBases(): string[] {
  const wanted = [Deno.env.get("XDG_RUNTIME_DIR"), Deno.env.get("TMPDIR"), "/tmp"];
  return wanted.filter((base): base is string => base !== undefined && base !== "");
}

/**
 * Listens on a unix socket that only this user can reach: in a folder of its own with mode 0700, gone after `cleanUp`.
 *
 * @param bases where that folder is made: the first that is there, with a path short enough for a socket
 */
export async function listenPrivately(
  bases: readonly string[] = usualBases(),
): Promise<Listening> {
  let failure: unknown;
  for (const base of bases) {
    const length = new TextEncoder().encode(join(base, "jumpstarter-", "socket")).length;
    if (length + SUFFIX_BYTES > MAX_PATH_BYTES) continue;
    try {
      const folder = await Deno.makeTempDir({ dir: base, prefix: "jumpstarter-" });
      return await listenIn(folder);
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure ?? new Error("Cannot make a socket: no temporary folder has a path short enough");
}

async function listenIn(folder: string): Promise<Listening> {
  const cleanUp = (): void => {
    try {
      Deno.removeSync(folder, { recursive: true });
    } catch {
      // Somebody else tidied up.
    }
  };
  try {
    await Deno.chmod(folder, 0o700);
    return { ...await listenOn({ path: join(folder, "socket") }), cleanUp };
  } catch (error) {
    cleanUp();
    throw error;
  }
}
