import { join } from "node:path";
import { type Environment, processEnvironment } from "./environment.ts";

/** Where configuration files are. */
export interface ConfigLocations {
  /** The user's settings: which client is the current one. */
  readonly user: string;
  /** Folder of the user's clients. */
  readonly clients: string;
  /** Folder of the user's exporters. */
  readonly exporters: string;
  /** Folder of the machine's exporters: only read. */
  readonly systemExporters: string;
}

/**
 * Where configuration files are: below `$JMP_CLIENT_CONFIG_HOME`, else `$XDG_CONFIG_HOME/jumpstarter`, else
 * `~/.config/jumpstarter`.
 *
 * @throws {Deno.errors.NotFound} if the environment names neither of them, nor a home.
 */
export function configLocations(env: Environment = processEnvironment): ConfigLocations {
  const base = configBase(env);
  return {
    user: join(base, "config.yaml"),
    clients: join(base, "clients"),
    exporters: join(base, "exporters"),
    systemExporters: "/etc/jumpstarter/exporters",
  };
}

function configBase(env: Environment): string {
  const own = env("JMP_CLIENT_CONFIG_HOME");
  if (own) return own;
  const config = env("XDG_CONFIG_HOME");
  // The XDG specification: a path that is not absolute is to be ignored.
  if (config?.startsWith("/")) return join(config, "jumpstarter");
  const home = env("HOME") ?? env("USERPROFILE");
  if (home) return join(home, ".config", "jumpstarter");
  throw new Deno.errors.NotFound(
    "Cannot find the configuration: set HOME, XDG_CONFIG_HOME or JMP_CLIENT_CONFIG_HOME",
  );
}
