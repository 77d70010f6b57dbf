import { z, type ZodType } from "zod";
import { trueOrFalse } from "./lenient.ts";

/** The one version of all configuration files. */
export const API_VERSION = "jumpstarter.dev/v1alpha1";

/** Who the file is about. */
export interface ObjectMeta {
  /** The namespace of the controller's cluster; null where there is none. */
  readonly namespace: string | null;
  /** The name within it. */
  readonly name: string;
}

/** How the controller's certificate is checked. */
export interface TlsConfig {
  /** Certificates to trust beside the system's: base64 of PEM. Empty: only the system's. */
  readonly ca: string;
  /** Whether any certificate is taken. */
  readonly insecure: boolean;
}

/** Options of gRPC channels, by the names of gRPC's channel arguments: `grpc.keepalive_time_ms`. */
export type GrpcOptions = Readonly<Record<string, string | number>>;

/** `metadata:`. Keys that are absent come from the environment. */
export const objectMeta: ZodType<ObjectMeta> = z.strictObject({
  namespace: z.string().nullable(),
  name: z.string(),
});

/** `tls:`. */
export const tlsConfig: ZodType<TlsConfig> = z.strictObject({
  ca: z.string().default(""),
  insecure: trueOrFalse().default(false),
});

/** `grpcOptions:`. */
export const grpcOptions: ZodType<GrpcOptions> = z.record(
  z.string(),
  z.union([z.string(), z.int()]),
);
