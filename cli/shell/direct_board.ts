import { connect, type Device, DeviceError, type LogEntry } from "@jumpstarter/core/client";
import { ExporterStatus } from "@jumpstarter/proto/v1";
import type { Board, LogView } from "./board.ts";
import type { DirectBoard } from "./shell_options.ts";

/** How long the hook before the lease may take, in ms (core-spec §8.4). */
const HOOK_TIMEOUT_MS = 300_000;

/** How a status' message begins when a hook failed and was passed over (core-spec §8.4). */
const HOOK_WARNING = "[HOOK_WARNING] ";

/**
 * Uses an exporter that listens somewhere, once its hook has run.
 *
 * @throws {Error} if nobody answers there, or the hook failed
 */
export async function directBoard(
  { host, insecure, ca, passphrase }: DirectBoard,
  logs: LogView,
  signal: AbortSignal,
): Promise<Board> {
  const tls = ca === undefined ? undefined : { ca: await Deno.readTextFile(ca) };
  const device = await reach(() => connect({ host, insecure, tls, passphrase, signal }));
  const shown = new AbortController();
  const showing = showLogs(device, logs, shown.signal);
  const close = async (): Promise<void> => {
    shown.abort();
    await showing;
    await device[Symbol.asyncDispose]();
  };
  try {
    await untilReady(device, logs, signal);
  } catch (error) {
    await close();
    throw error;
  }
  const env: Record<string, string> = {
    JUMPSTARTER_HOST: host,
    JMP_EXPORTER: "direct",
    JMP_LEASE: "direct",
    // What this program inherits is not about this exporter.
    JMP_GRPC_INSECURE: insecure ? "1" : "",
    JUMPSTARTER_GRPC_INSECURE: "",
  };
  if (ca !== undefined) env.JMP_GRPC_CA = await Deno.realPath(ca);
  if (passphrase !== undefined) env.JMP_GRPC_PASSPHRASE = passphrase;
  return {
    context: "direct",
    env,
    messageOfTheDay: () => messageOfTheDay({ host, insecure, tls, passphrase, signal }),
    [Symbol.asyncDispose]: close,
  };
}

async function reach(attempt: () => Promise<Device>): Promise<Device> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    if (error.kind !== "unreachable" && error.kind !== "timeout") throw error;
    throw new Error(
      `Exporter did not respond to initial connection (Caused by: ${error.rawMessage})`,
      { cause: error },
    );
  }
}

/** Waits for the hook before the lease; the exporter says what became of it. */
async function untilReady(device: Device, logs: LogView, signal: AbortSignal): Promise<void> {
  const late = AbortSignal.timeout(HOOK_TIMEOUT_MS);
  const watched = AbortSignal.any([signal, late]);
  for await (const { status, message } of device.statusChanges({ signal: watched })) {
    if (status === ExporterStatus.BEFORE_LEASE_HOOK_FAILED) {
      throw new Error(message || "beforeLease hook failed");
    }
    if (status !== ExporterStatus.LEASE_READY) continue;
    if (message.startsWith(HOOK_WARNING)) {
      logs.say(`Warning: ${message.slice(HOOK_WARNING.length)}`);
    }
    return;
  }
  signal.throwIfAborted();
  throw new Error("Timeout waiting for beforeLease hook");
}

/** The hook may have added to it since the first report. */
async function messageOfTheDay(
  options: Parameters<typeof connect>[0],
): Promise<string | undefined> {
  try {
    await using device = await connect({ ...options, timeoutMs: 5_000 });
    return device.messageOfTheDay;
  } catch {
    return undefined; // A shell without it is better than none.
  }
}

async function showLogs(device: Device, { all, say }: LogView, signal: AbortSignal): Promise<void> {
  try {
    for await (const entry of device.logs({ signal })) {
      const isHook = entry.origin === "beforeLease" || entry.origin === "afterLease";
      if (all || isHook) say(logLine(entry));
    }
  } catch (error) {
    if (!signal.aborted) say(`Warning: exporter logs ended: ${(error as Error).message}`);
  }
}

function logLine({ origin, level, message }: LogEntry): string {
  return `${level.toUpperCase().padEnd(8)} [exporter:${origin}] ${message}`;
}
