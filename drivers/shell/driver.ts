import { defineDriver, type DriverDefinition } from "@jumpstarter/core/driver";
import { ShellInterface } from "@jumpstarter/proto/driver/shell/v1";
import { z } from "zod";
import { ShellDriver, type ShellMethod } from "./shell_driver.ts";

const method = z.union([
  z.string(),
  z.strictObject({
    command: z.string().default("echo Hello"),
    description: z.string().optional(),
    timeout: z.number().positive().optional(),
  }),
]);

const config = z.strictObject({
  methods: z.record(z.string().min(1), method),
  shell: z.array(z.string().min(1)).min(1).default(["bash", "-c"]),
  timeout: z.number().positive().default(300),
  cwd: z.string().min(1).nullish(),
});

/** Scripts that run on the exporter's machine (drivers-b §7). */
export const Shell: DriverDefinition = defineDriver({
  type: "jumpstarter_driver_shell.driver.Shell",
  client: "jumpstarter_driver_shell.client.ShellClient",
  category: "other",
  interfaces: [ShellInterface],
  config,
  create: ({ methods, shell, timeout, cwd }) =>
    new ShellDriver({ methods: asMethods(methods), shell, timeout, cwd: cwd ?? undefined }),
});

function asMethods(methods: z.infer<typeof config>["methods"]): Record<string, ShellMethod> {
  return Object.fromEntries(
    Object.entries(methods).map((
      [name, method],
    ) => [name, typeof method === "string" ? { command: method } : method]),
  );
}
