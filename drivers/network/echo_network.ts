import type { DriverMethods } from "@jumpstarter/core/driver";
import type { Duplex } from "@jumpstarter/core/stream";
import type { NetworkInterface } from "@jumpstarter/proto/driver/network/v1";

/** Bytes under way in one stream before a writer waits. */
const CAPACITY_BYTES = 1 << 18;

/** Sends back what it gets, chunk for chunk: no network at all. */
export class EchoNetworkDriver implements DriverMethods<typeof NetworkInterface> {
  /** Makes a loop of its own. The end of what is sent is the end of what comes back. */
  connect(): Duplex {
    const strategy = new ByteLengthQueuingStrategy({ highWaterMark: CAPACITY_BYTES });
    return new TransformStream<Uint8Array, Uint8Array>({}, strategy, strategy);
  }
}
