import type { ExporterStatus } from "@jumpstarter/proto/v1";

/** What an exporter is doing. */
export interface SessionStatus {
  /** The status. */
  readonly status: ExporterStatus;
  /** What the exporter says about it. Begins with `[HOOK_WARNING] ` if a hook failed and was passed over. */
  readonly message: string;
  /** Counts changes; 0 where the exporter does not count. */
  readonly version: number;
  /** The status before, where known. */
  readonly previous: ExporterStatus | undefined;
}
