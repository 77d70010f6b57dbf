import type { Buffer } from "node:buffer";
import type { KeyObject } from "node:crypto";
import { nodeBuiltin } from "../protocol/node_builtin.ts";

/**
 * Checks a client's certificate and key: the runtime's `node:tls` connects without any when they are
 * broken or do not belong together, and the server's complaint about that is hard to understand.
 *
 * @param cert PEM; the first certificate is the client's own
 * @param key PEM
 * @throws {TypeError} if one of them cannot be read, or the key is another certificate's
 */
export function checkClientCertificate(cert: string, key: string): void {
  const { createPrivateKey, createPublicKey, X509Certificate } = nodeBuiltin("node:crypto");
  const certified = publicKey(() => new X509Certificate(cert).publicKey, "cert");
  // Node takes a private key here and derives the public one; the types do not say so.
  const own = publicKey(() => createPublicKey(createPrivateKey(key) as unknown as string), "key");
  if (!certified.equals(own)) {
    throw new TypeError("Cannot use client certificate: key does not belong to cert");
  }
}

function publicKey(read: () => KeyObject, name: string): Buffer {
  try {
    return read().export({ type: "spki", format: "der" });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TypeError(`Cannot use client certificate: ${name} is no PEM: ${reason}`, {
      cause: error,
    });
  }
}
