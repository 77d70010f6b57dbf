/** The device through which QEMU gives a guest an address on AF_VSOCK. */
const VHOST_VSOCK = "/dev/vhost-vsock";

/** Context ids that vsock(7) keeps for itself: hypervisor, loopback, host. The greatest one means any. */
const FIRST_CID = 3;
const CIDS = 2 ** 32 - 1 - FIRST_CID;

/** An address for a guest, by chance, or `undefined` where the host has no vsock for guests. */
export function vsockCid(): number | undefined {
  try {
    Deno.openSync(VHOST_VSOCK, { read: true, write: true }).close();
  } catch {
    return undefined;
  }
  return FIRST_CID + crypto.getRandomValues(new Uint32Array(1))[0] % CIDS;
}
