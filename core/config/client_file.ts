import { join } from "node:path";
import { checkValue, type Findings } from "./check_value.ts";
import { type ClientConfig, clientConfig, clientConfigToJson } from "./client_config.ts";
import { ConfigError, type ConfigProblem, sortProblems } from "./config_problem.ts";
import { type Environment, fromEnvironment, processEnvironment } from "./environment.ts";
import { aliasesIn } from "./load_exporter.ts";
import { type ConfigLocations, configLocations } from "./locations.ts";
import { didYouMean } from "./nearest.ts";
import { writePrivateFile } from "./write_file.ts";
import { YamlSource } from "./yaml_source.ts";
import { toYaml } from "./yaml_text.ts";

/** A client's configuration, and where it comes from. */
export interface ClientFile {
  /** What it says. */
  readonly config: ClientConfig;
  /** What is ignored, though somebody wrote it. */
  readonly warnings: readonly ConfigProblem[];
  /** Its path; `environment` if there is no file. */
  readonly file: string;
}

/**
 * Reads a client's file. What it leaves open comes from the environment; what it says goes before it.
 *
 * @param text Its content: YAML.
 * @param file Its name, for messages.
 * @throws {ConfigError} with all that is wrong. A key that nobody knows is wrong, but for those of `tls` and `shell`.
 */
export function parseClientConfig(
  text: string,
  file: string,
  env: Environment = processEnvironment,
): ClientFile {
  const source = new YamlSource(text, file);
  const found: Findings = { problems: [...source.problems], warnings: [] };
  const value = source.value === null ? source.value : fromEnvironment(source.value, env);
  const config = found.problems.length > 0
    ? undefined
    : checkValue(source, [], clientConfig, found, {
      value,
      tolerant: ([block]) => block === "tls" || block === "shell",
    });
  if (config === undefined) {
    throw new ConfigError("Cannot read client configuration", sortProblems(found.problems));
  }
  return { config, warnings: sortProblems(found.warnings), file };
}

/** Writes a client's file as upstream does. */
export function stringifyClientConfig(config: ClientConfig): string {
  return toYaml(clientConfigToJson(config));
}

/** The path of a client's file, whether it is there or not. */
export function clientPath(alias: string, locations: ConfigLocations = configLocations()): string {
  return join(locations.clients, `${alias}.yaml`);
}

/** The clients that there are, by name. */
export async function listClients(
  locations: ConfigLocations = configLocations(),
): Promise<string[]> {
  return await aliasesIn(locations.clients);
}

/**
 * Reads the file of a client by its alias.
 *
 * @throws {Deno.errors.NotFound} if there is no such file.
 * @throws {ConfigError} with all that is wrong in it.
 */
export async function loadClientConfig(
  alias: string,
  locations: ConfigLocations = configLocations(),
  env: Environment = processEnvironment,
): Promise<ClientFile> {
  const path = clientPath(alias, locations);
  try {
    return parseClientConfig(await Deno.readTextFile(path), path, env);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    const hint = didYouMean(alias, await listClients(locations));
    throw new Deno.errors.NotFound(
      `Cannot load client '${alias}': no such file: ${path}${
        hint === undefined ? "" : `: ${hint}`
      }`,
    );
  }
}

/** Writes a client's file, and returns its path. */
export async function saveClientConfig(
  alias: string,
  config: ClientConfig,
  locations: ConfigLocations = configLocations(),
): Promise<string> {
  const path = clientPath(alias, locations);
  await writePrivateFile(path, stringifyClientConfig(config));
  return path;
}

/**
 * The configuration that the environment alone makes.
 *
 * @returns It, or `undefined` unless `JMP_NAMESPACE` and `JMP_NAME` are both set.
 * @throws {ConfigError} if a variable holds what it may not.
 */
export function clientFromEnvironment(
  env: Environment = processEnvironment,
): ClientFile | undefined {
  if (env("JMP_NAMESPACE") === undefined || env("JMP_NAME") === undefined) return;
  return parseClientConfig("{}", "environment", env);
}
