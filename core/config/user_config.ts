import { z } from "zod";
import { checkValue, type Findings } from "./check_value.ts";
import {
  type ClientFile,
  clientFromEnvironment,
  clientPath,
  loadClientConfig,
  parseClientConfig,
} from "./client_file.ts";
import { API_VERSION } from "./common_blocks.ts";
import { ConfigError, sortProblems } from "./config_problem.ts";
import { type Environment, processEnvironment } from "./environment.ts";
import { isFile } from "./load_exporter.ts";
import { type ConfigLocations, configLocations } from "./locations.ts";
import { writePrivateFile } from "./write_file.ts";
import { YamlSource } from "./yaml_source.ts";
import { editYaml, toYaml } from "./yaml_text.ts";

const userConfig = z.strictObject({
  apiVersion: z.literal(API_VERSION).default(API_VERSION),
  kind: z.literal("UserConfig").default("UserConfig"),
  config: z.strictObject({ "current-client": z.string().nullish() }),
});

/**
 * Which client is the current one.
 *
 * @returns Its alias, or `undefined` if none is, or its file is gone.
 * @throws {ConfigError} if the user's settings cannot be read.
 */
export async function currentClient(
  locations: ConfigLocations = configLocations(),
): Promise<string | undefined> {
  if (!await isFile(locations.user)) return;
  const source = new YamlSource(await Deno.readTextFile(locations.user), locations.user);
  const found: Findings = { problems: [...source.problems], warnings: [] };
  const read = found.problems.length > 0 ? undefined : checkValue(source, [], userConfig, found);
  if (read === undefined) {
    throw new ConfigError("Cannot read user configuration", sortProblems(found.problems));
  }
  const alias = read.config["current-client"] ?? undefined;
  return alias !== undefined && await isFile(clientPath(alias, locations)) ? alias : undefined;
}

/** Makes a client the current one, or none. Comments of the file stay. */
export async function useClient(
  alias: string | undefined,
  locations: ConfigLocations = configLocations(),
): Promise<void> {
  const text = await isFile(locations.user)
    ? editYaml(await Deno.readTextFile(locations.user), [[
      ["config", "current-client"],
      alias ?? null,
    ]])
    : toYaml({
      apiVersion: API_VERSION,
      kind: "UserConfig",
      config: { "current-client": alias ?? null },
    });
  await writePrivateFile(locations.user, text);
}

/** Which client a command was told to be. At most one of them is set. */
export interface ClientSelection {
  /** `--client`. */
  readonly client?: string;
  /** `--client-config`. */
  readonly clientConfig?: string;
}

/**
 * The configuration of the client that a command should be: the one it was told, else the environment's, else the
 * current one.
 *
 * @returns It, or `undefined` if there is none.
 */
export async function resolveClient(
  selection: ClientSelection = {},
  locations: ConfigLocations = configLocations(),
  env: Environment = processEnvironment,
): Promise<ClientFile | undefined> {
  const { client, clientConfig } = selection;
  if (clientConfig !== undefined) {
    return parseClientConfig(await Deno.readTextFile(clientConfig), clientConfig, env);
  }
  if (client !== undefined) return await loadClientConfig(client, locations, env);
  const made = clientFromEnvironment(env);
  if (made !== undefined) return made;
  const current = await currentClient(locations);
  return current === undefined ? undefined : await loadClientConfig(current, locations, env);
}
