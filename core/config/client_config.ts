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
import { anyNumber, trueOrFalse, wholeNumber } from "./lenient.ts";

/** What a client's file says. */
export interface ClientConfig {
  /** Who the client is. */
  readonly metadata: ObjectMeta;
  /** The controller's `HOST:PORT`. */
  readonly endpoint?: string;
  /** How its certificate is checked. */
  readonly tls: TlsConfig;
  /** What the client shows the controller. */
  readonly token?: string;
  /** What a new token is got with. */
  readonly refreshToken?: string;
  /** Options of its gRPC channels. */
  readonly grpcOptions: GrpcOptions;
  /** Which drivers' clients may be loaded: patterns with `*`, `?` and `[]` on their class paths; or all. */
  readonly drivers: { readonly allow: readonly string[]; readonly unsafe: boolean };
  /** Whether the shells of `jmp shell` read the user's start-up files. */
  readonly shell: { readonly useProfiles: boolean };
  /** How long to wait for leases, in s. */
  readonly leases: {
    /** For a board to become free. Default 7200. */
    readonly acquisitionTimeout: number;
    /** For the leased exporter to answer. Default 60. */
    readonly dialTimeout: number;
    /** For one that was lost to come back; 0 for not at all. Default 300. */
    readonly retryTimeout: number;
  };
}

const text = z.string().nullish().transform((value) => value ?? undefined);

const LEASES = { acquisition_timeout: 7200, dial_timeout: 60, retry_timeout: 300 };

const drivers = z.strictObject({
  allow: z.union([
    z.array(z.string()),
    // As the environment has it.
    z.string().transform((value) => value.split(",")),
  ]).default([]),
  unsafe: trueOrFalse().default(false),
}).transform(({ allow, unsafe }) => ({ allow, unsafe: unsafe || allow.includes("UNSAFE") }));

/** The whole file. */
export const clientConfig: ZodType<ClientConfig> = z.strictObject({
  apiVersion: z.literal(API_VERSION).default(API_VERSION),
  kind: z.literal("ClientConfig").default("ClientConfig"),
  metadata: objectMeta,
  endpoint: text,
  tls: tlsConfig.default({ ca: "", insecure: false }),
  token: text,
  refresh_token: text,
  grpcOptions: grpcOptions.nullish().transform((value) => value ?? {}),
  drivers: drivers.default({ allow: [], unsafe: false }),
  shell: z.strictObject({ use_profiles: trueOrFalse().default(false) }).default({
    use_profiles: false,
  }),
  leases: z.strictObject({
    acquisition_timeout: wholeNumber(5).default(LEASES.acquisition_timeout),
    dial_timeout: anyNumber(5).default(LEASES.dial_timeout),
    retry_timeout: anyNumber(0).default(LEASES.retry_timeout),
  }).default(LEASES),
}).transform((file) => ({
  metadata: file.metadata,
  endpoint: file.endpoint,
  tls: file.tls,
  token: file.token,
  refreshToken: file.refresh_token,
  grpcOptions: file.grpcOptions,
  drivers: file.drivers,
  shell: { useProfiles: file.shell.use_profiles },
  leases: {
    acquisitionTimeout: file.leases.acquisition_timeout,
    dialTimeout: file.leases.dial_timeout,
    retryTimeout: file.leases.retry_timeout,
  },
}));

/** What {@linkcode ClientConfig} is in a file: upstream's keys, in its order; what is unset is left out. */
export function clientConfigToJson(config: ClientConfig): Record<string, unknown> {
  const leases = {
    acquisition_timeout: config.leases.acquisitionTimeout,
    dial_timeout: config.leases.dialTimeout,
    retry_timeout: config.leases.retryTimeout,
  };
  // Upstream up to 0.7 refuses a file that has the block.
  const usual = Object.entries(LEASES).every(([key, value]) =>
    leases[key as keyof typeof LEASES] === value
  );
  const file = {
    apiVersion: API_VERSION,
    kind: "ClientConfig",
    metadata: { namespace: config.metadata.namespace, name: config.metadata.name },
    endpoint: config.endpoint,
    tls: { ca: config.tls.ca, insecure: config.tls.insecure },
    token: config.token,
    refresh_token: config.refreshToken,
    grpcOptions: { ...config.grpcOptions },
    drivers: { allow: [...config.drivers.allow], unsafe: config.drivers.unsafe },
    shell: { use_profiles: config.shell.useProfiles },
    leases: usual ? undefined : leases,
  };
  return Object.fromEntries(Object.entries(file).filter(([, value]) => value !== undefined));
}
