import type { Logger } from "./log.ts";
import type { Resource } from "./resource.ts";

/** What a driver's method learns about the call that it serves. */
export interface DriverCall {
  /** Aborted when the caller gives up, its connection ends, its deadline passes, or the session ends. */
  readonly signal: AbortSignal;
  /** The driver's logger: what it says is seen by whoever reads the session's logs. */
  readonly log: Logger;
  /**
   * Opens a file, or a stream, that the caller offers with this call.
   *
   * A handle is good for one call of the driver it was made for. What is not opened is given back when the call ends.
   *
   * @param handle the text of a field with `resource_handle`
   * @throws {ConnectError} INVALID_ARGUMENT if it is no handle, UNKNOWN if nobody opened it, or it was used before
   */
  resource(handle: string): Promise<Resource>;
}
