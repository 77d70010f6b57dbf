/**
 * Scripts that run before and after a lease.
 *
 * @module
 */
export type { HookLease } from "./hook_environment.ts";
export {
  HOOK_WARNING_PREFIX,
  type HookSignals,
  type HookVerdict,
  LeaseHooks,
  type LeaseHooksOptions,
} from "./lease_hooks.ts";
export { type HookName, type HookResult, runHook, type RunHookOptions } from "./run_hook.ts";
