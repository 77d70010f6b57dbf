import { createHash, timingSafeEqual } from "node:crypto";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Logger } from "../driver/mod.ts";
import type { GateContext } from "../grpc/mod.ts";

/** The metadata that carries a passphrase (core-spec §3.1). */
export const PASSPHRASE_HEADER = "x-jumpstarter-passphrase";

/**
 * A gate for a `GrpcServer` that lets calls through that carry the passphrase, reflection and health as well. Neither
 * the time that it takes nor its log says anything about what was wrong.
 *
 * @throws {RangeError} if the passphrase is empty
 */
export function passphraseGate(passphrase: string, log: Logger): (context: GateContext) => void {
  if (passphrase === "") throw new RangeError("Cannot ask for a passphrase: it is empty");
  const wanted = digest(passphrase);
  return (context) => {
    // Digests are of equal length, whatever is sent.
    if (timingSafeEqual(digest(context.requestHeader.get(PASSPHRASE_HEADER) ?? ""), wanted)) return;
    const { pathname } = new URL(context.url);
    log.warn(`authentication failed: invalid or missing passphrase for method ${pathname}`);
    throw new ConnectError("invalid or missing passphrase", Code.Unauthenticated);
  };
}

function digest(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
