import type { HookConfig } from "../../config/mod.ts";
import { Logger, type LogSink } from "../../driver/mod.ts";
import { AFTER_LEASE_LOGGER, BEFORE_LEASE_LOGGER } from "../services/logs.ts";
import { hookCommand } from "./hook_command.ts";
import { hookEnvironment, type HookLease } from "./hook_environment.ts";
import { type HookEnd, runHookProcess } from "./hook_process.ts";
import { MotdFile } from "./motd_file.ts";

/** Which of the two hooks. */
export type HookName = "beforeLease" | "afterLease";

/** What came of a hook. */
export type HookResult =
  /** It did what it should, or there was nothing to do. */
  | { readonly kind: "ok"; readonly motd: string }
  /** It failed, and that does not matter: `onFailure: warn`. */
  | { readonly kind: "warning"; readonly error: string; readonly motd: string }
  /** It failed, and the lease or the exporter is to end. */
  | { readonly kind: "failed"; readonly error: string; readonly onFailure: "endLease" | "exit" }
  /** It was stopped by one of the signals. */
  | { readonly kind: "stopped" };

/** What {@linkcode runHook} takes. */
export interface RunHookOptions {
  /** Which of the two it is. */
  name: HookName;
  /** What the exporter's file says. */
  hook: HookConfig;
  /** The lease that it runs for. */
  lease: HookLease;
  /** Where its output goes. */
  sink: LogSink;
  /** Stops it, with SIGTERM and 5 s of grace. */
  signal?: AbortSignal;
  /** Stops it without any grace. */
  force?: AbortSignal;
}

const LOGGERS: Readonly<Record<HookName, string>> = {
  beforeLease: BEFORE_LEASE_LOGGER,
  afterLease: AFTER_LEASE_LOGGER,
};

/** Runs a hook, writes what it prints to the log, and says what its end means. Never fails. */
export async function runHook(options: RunHookOptions): Promise<HookResult> {
  const { name, hook, lease, sink, signal, force } = options;
  const log = new Logger(LOGGERS[name], sink);
  let error: string | undefined;
  let motd = "";
  try {
    const command = await hookCommand(hook);
    if (command === undefined) return { kind: "ok", motd };
    await using motdFile = name === "beforeLease" ? await MotdFile.make() : undefined;
    const end = await runHookProcess(command, {
      env: hookEnvironment(lease, motdFile?.path),
      timeoutMs: hook.timeout * 1000,
      onLine: (line) => log.info(line),
      signal,
      force,
    });
    if (end.kind === "stopped") return { kind: "stopped" };
    motd = await motdFile?.read() ?? "";
    error = errorOf(end, hook.timeout);
  } catch (cause) {
    error = `Error executing hook: ${(cause as Error).message}`;
  }
  if (error === undefined) return { kind: "ok", motd };
  if (hook.onFailure === "warn") {
    log.warn(`${error} (on_failure=warn, continuing)`);
    return { kind: "warning", error, motd };
  }
  log.error(`${error} (on_failure=${hook.onFailure})`);
  return { kind: "failed", error, onFailure: hook.onFailure };
}

function errorOf(end: Exclude<HookEnd, { kind: "stopped" }>, timeout: number): string | undefined {
  if (end.kind === "timedOut") return `Hook timed out after ${timeout} seconds`;
  return end.code === 0 ? undefined : `Hook failed with exit code ${end.code}`;
}
