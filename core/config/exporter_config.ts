import { z, type ZodType } from "zod";
import {
  API_VERSION,
  type GrpcOptions,
  grpcOptions,
  type ObjectMeta,
  objectMeta,
  type TlsConfig,
  tlsConfig,
} from "./common_blocks.ts";
import type { DriverNodeConfig } from "./export_node.ts";
import { trueOrFalse, wholeNumber } from "./lenient.ts";

/** A program that runs before or after a lease. */
export interface HookConfig {
  /** The interpreter. Default: Python for a file `*.py`, else `/bin/sh`. */
  readonly exec?: string;
  /** A script's text, or the path of one. */
  readonly script: string;
  /** How long it may take, in s. Default 120. */
  readonly timeout: number;
  /** What its failure means. Default `warn`. */
  readonly onFailure: "warn" | "endLease" | "exit";
}

/** When an exporter that keeps failing is no longer restarted. */
export interface FailureDetection {
  /** How many failures in a row are enough. Default 5. */
  readonly maxRapidFailures: number;
  /** A failure counts when the exporter ran for less than this, in s. Default 60. */
  readonly rapidFailureWindow: number;
}

/** What an exporter's file says. */
export interface ExporterConfig {
  /** Who the exporter is. */
  readonly metadata: ObjectMeta;
  /** The controller's `HOST:PORT`; none for an exporter that stands alone. */
  readonly endpoint?: string;
  /** How its certificate is checked. */
  readonly tls: TlsConfig;
  /** What the exporter shows the controller. */
  readonly token?: string;
  /** Options of its gRPC channels. */
  readonly grpcOptions: GrpcOptions;
  /** What the board is, for a person. */
  readonly description?: string;
  /** What whoever leases it is told. */
  readonly motd?: string;
  /** The drivers, by name, in the order of the file. */
  readonly export: Readonly<Record<string, DriverNodeConfig>>;
  /** Programs that run around a lease. */
  readonly hooks: { readonly beforeLease?: HookConfig; readonly afterLease?: HookConfig };
  /** When to give up on restarting. */
  readonly failureDetection: FailureDetection;
  /** Whether the exporter ends with the lease. */
  readonly exitOnLeaseEnd: boolean;
}

/** What a file says, drivers aside: they are read one by one, each as the shape it has. */
export type ExporterConfigFrame = Omit<ExporterConfig, "export"> & {
  readonly export: Readonly<Record<string, unknown>>;
};

const text = z.string().nullish().transform((value) => value ?? undefined);

const hook = z.preprocess(
  renamed({ on_failure: "onFailure", exec_: "exec" }),
  z.strictObject({
    exec: text,
    script: z.string(),
    timeout: wholeNumber(0).default(120),
    onFailure: z.enum(["warn", "endLease", "exit"]).default("warn"),
  }),
).nullish().transform((value) => value ?? undefined);

/** The whole file. */
export const exporterConfig: ZodType<ExporterConfigFrame> = z.strictObject({
  apiVersion: z.literal(API_VERSION).default(API_VERSION),
  kind: z.literal("ExporterConfig").default("ExporterConfig"),
  metadata: objectMeta,
  endpoint: text,
  tls: tlsConfig.default({ ca: "", insecure: false }),
  token: text,
  grpcOptions: grpcOptions.nullish().transform((value) => value ?? {}),
  description: text,
  motd: text,
  export: z.record(z.string(), z.unknown()).default({}),
  hooks: z.preprocess(
    renamed({ before_lease: "beforeLease", after_lease: "afterLease" }),
    z.strictObject({ beforeLease: hook, afterLease: hook }),
  ).default({ beforeLease: undefined, afterLease: undefined }),
  failureDetection: z.preprocess(
    renamed({ max_rapid_failures: "maxRapidFailures", rapid_failure_window: "rapidFailureWindow" }),
    z.strictObject({
      maxRapidFailures: wholeNumber(0).default(5),
      rapidFailureWindow: wholeNumber(0).default(60),
    }),
  ).default({ maxRapidFailures: 5, rapidFailureWindow: 60 }),
  exitOnLeaseEnd: trueOrFalse().default(false),
}).transform(({ apiVersion: _version, kind: _kind, ...rest }) => rest);

/** Upstream takes some keys by a second name. */
function renamed(names: Readonly<Record<string, string>>): (value: unknown) => unknown {
  return (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => {
        const name = names[key];
        return [name === undefined || name in value ? key : name, inner];
      }),
    );
  };
}
