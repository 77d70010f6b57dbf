import { Code } from "@connectrpc/connect";
import { ExporterService, ExporterStatus } from "@jumpstarter/proto/v1";
import type { Connection } from "./connection.ts";
import { DeviceError } from "./device_error.ts";
import type { CallOptions } from "./driver_node.ts";
import { pause } from "./pause.ts";
import type { SessionStatus } from "./session_status.ts";

/** Deadline of one question, the wait between two, and how many deadlines in a row mean the end (core-spec §8.4). */
const STATUS_TIMEOUT_MS = 5_000;
const STATUS_INTERVAL_MS = 300;
const MOST_TIMEOUTS = 20;

/** Asks for the status. Exporters that predate the call are ready. @throws {DeviceError} */
export async function readStatus(
  connection: Connection,
  { signal, timeoutMs = STATUS_TIMEOUT_MS }: CallOptions = {},
): Promise<SessionStatus> {
  try {
    const { getStatus } = ExporterService.method;
    const response = await connection.unary(getStatus, {}, { signal, timeoutMs });
    return {
      status: response.status,
      message: response.message ?? "",
      version: Number(response.statusVersion),
      previous: response.previousStatus,
    };
  } catch (error) {
    if (DeviceError.of(error).code !== Code.Unimplemented) throw error;
    return { status: ExporterStatus.LEASE_READY, message: "", version: 0, previous: undefined };
  }
}

/**
 * The status each time it changes. An exporter that cannot be reached is asked again.
 *
 * @throws {DeviceError} if it does not answer 20 times in a row
 */
export async function* readStatusChanges(
  connection: Connection,
  { signal }: { signal?: AbortSignal } = {},
): AsyncGenerator<SessionStatus, void, undefined> {
  let last: SessionStatus | undefined;
  let timeouts = 0;
  while (!signal?.aborted) {
    try {
      const now = await readStatus(connection, { signal });
      timeouts = 0;
      const changed = last === undefined || now.status !== last.status ||
        now.message !== last.message || now.version !== last.version;
      last = now;
      if (changed) yield now;
    } catch (error) {
      if (signal?.aborted) return;
      const { code } = DeviceError.of(error);
      if (code === Code.DeadlineExceeded && ++timeouts < MOST_TIMEOUTS) continue;
      if (code !== Code.Unavailable) throw error;
    }
    await pause(STATUS_INTERVAL_MS, signal);
  }
}
