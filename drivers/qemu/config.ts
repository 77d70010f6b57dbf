import { z } from "zod";
import { memoryArgument, parseSize } from "./size.ts";

const port = z.int().max(65_535);

const forward = z.strictObject({
  protocol: z.literal("tcp").default("tcp"),
  hostaddr: z.ipv4().default("127.0.0.1"),
  // Upstream has 1 to 65535. With 0 a free port is chosen at each power on, so that boards can stand side by side.
  hostport: port.min(0),
  guestport: port.min(1),
});

const partitions = z.strictObject({
  root: z.string().optional(),
  bios: z.string().optional(),
  "OVMF_CODE.fd": z.string().optional(),
  "OVMF_VARS.fd": z.string().optional(),
});

const size = (check: (text: string) => unknown): z.ZodString =>
  z.string().superRefine((text, context) => {
    try {
      check(text);
    } catch (error) {
      context.addIssue({ code: "custom", message: (error as Error).message });
    }
  });

/** The `config:` of a virtual board, upstream's keys. */
export const qemuConfig = z.strictObject({
  arch: z.string().regex(/^[a-z0-9_]+$/, "expected an architecture such as aarch64")
    .default(Deno.build.arch),
  cpu: z.string().nullish(),
  smp: z.int().min(1).default(2),
  mem: size(memoryArgument).default("512M"),
  disk_size: size(parseSize).nullish(),
  hostname: z.string().default("demo"),
  username: z.string().default("jumpstarter"),
  password: z.string().default("password"),
  default_partitions: partitions.default({}),
  hostfwd: z.record(z.string(), forward).default({}),
  fls_version: z.string().nullish(),
  fls_allow_custom_binaries: z.boolean().default(false),
  fls_custom_binary_url: z.string().nullish(),
  flash_timeout: z.number().positive().default(1800),
  launcher_socket: z.null({ error: "a launcher in a sidecar is not supported; leave it out" })
    .optional(),
});

/** What {@linkcode qemuConfig} gives. */
export type QemuConfig = z.infer<typeof qemuConfig>;
