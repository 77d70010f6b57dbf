import { ExporterStatus } from "@jumpstarter/proto/v1";
import type { ExporterConfig } from "../../config/mod.ts";
import { Logger } from "../../driver/mod.ts";
import type { Session } from "../session.ts";
import type { HookLease } from "./hook_environment.ts";
import { type HookName, type HookResult, runHook, type RunHookOptions } from "./run_hook.ts";

/** What is to be done after a hook. */
export type HookVerdict =
  /** Go on. */
  | "continue"
  /** End the lease; the hook after it is left out. */
  | "endLease"
  /** End the exporter, with exit code 1. */
  | "exit"
  /** It was stopped half-way. */
  | "stopped";

/** What {@linkcode LeaseHooks} is made from. */
export interface LeaseHooksOptions {
  /** The session whose log, status and message of the day they write to. */
  session: Session;
  /** What the exporter's file says. */
  hooks: ExporterConfig["hooks"];
  /** The lease. */
  lease: HookLease;
  /** Reports a status. Default: to the session only. */
  report?: (status: ExporterStatus, message: string) => void;
}

/** What stops a hook. */
export type HookSignals = Pick<RunHookOptions, "signal" | "force">;

/** What clients look for at the start of a status' message. */
export const HOOK_WARNING_PREFIX = "[HOOK_WARNING] ";

/** Runs the hooks of one lease, and reports where it stands, in the words of core-spec §7.4. */
export class LeaseHooks {
  readonly #session: Session;
  readonly #hooks: ExporterConfig["hooks"];
  readonly #lease: HookLease;
  readonly #report: (status: ExporterStatus, message: string) => void;
  readonly #log: Logger;

  /** Hooks that have not run. */
  constructor(options: LeaseHooksOptions) {
    const { session, hooks, lease } = options;
    this.#session = session;
    this.#hooks = hooks;
    this.#lease = lease;
    this.#report = options.report ?? ((status, message) => session.status.set(status, message));
    this.#log = new Logger("exporter.hooks", session.logs.publish);
  }

  /** Runs the hook before the lease, if there is one. Afterwards the drivers may be used, or the lease ends. */
  async before(signals: HookSignals = {}): Promise<HookVerdict> {
    if (this.#hooks.beforeLease === undefined) {
      this.#report(ExporterStatus.LEASE_READY, "Ready for commands");
      return "continue";
    }
    this.#report(ExporterStatus.BEFORE_LEASE_HOOK, "Running beforeLease hook");
    const result = await this.#run("beforeLease", signals);
    if (result.kind === "stopped") return "stopped";
    if (result.kind === "failed") {
      return this.#failed("beforeLease", ExporterStatus.BEFORE_LEASE_HOOK_FAILED, result);
    }
    if (result.motd !== "") {
      this.#session.motd = [this.#session.motd, result.motd].filter(Boolean).join("\n");
    }
    this.#report(ExporterStatus.LEASE_READY, outcome("beforeLease", result, "Ready for commands"));
    return "continue";
  }

  /** Runs the hook after the lease, if there is one. */
  async after(signals: HookSignals = {}): Promise<HookVerdict> {
    if (this.#hooks.afterLease === undefined) {
      this.#report(ExporterStatus.AVAILABLE, "Available for new lease");
      return "continue";
    }
    this.#report(ExporterStatus.AFTER_LEASE_HOOK, "Running afterLease hooks");
    const result = await this.#run("afterLease", signals);
    if (result.kind === "stopped") return "stopped";
    if (result.kind === "failed") {
      return this.#failed("afterLease", ExporterStatus.AFTER_LEASE_HOOK_FAILED, result);
    }
    const message = outcome("afterLease", result, "Available for new lease");
    this.#report(ExporterStatus.AVAILABLE, message);
    return "continue";
  }

  async #run(name: HookName, signals: HookSignals): Promise<HookResult> {
    const lease = this.#lease;
    this.#log.info(`Running ${name} hook for lease ${lease.leaseName}`);
    const started = performance.now();
    const sink = this.#session.logs.publish;
    const hook = this.#hooks[name]!;
    const result = await runHook({ name, hook, lease, sink, ...signals });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    this.#log.info(`The ${name} hook ended after ${seconds} s`, { result: result.kind });
    return result;
  }

  #failed(
    name: HookName,
    status: ExporterStatus,
    { error, onFailure }: Extract<HookResult, { kind: "failed" }>,
  ): HookVerdict {
    const means = onFailure === "exit" ? "exit, shutting down" : onFailure;
    this.#report(status, `${name} hook failed (on_failure=${means}): ${error}`);
    if (onFailure === "exit") {
      const message = `Exporter shutting down due to ${name} hook failure`;
      this.#report(ExporterStatus.OFFLINE, message);
    }
    return onFailure;
  }
}

function outcome(name: HookName, result: HookResult, ok: string): string {
  if (result.kind !== "warning") return ok;
  return `${HOOK_WARNING_PREFIX}${name} hook warning: ${result.error}`;
}
