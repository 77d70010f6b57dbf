import { join } from "node:path";
import { type ConfigLocations, configLocations } from "./locations.ts";
import { type ExporterFile, parseExporterConfig } from "./exporter_file.ts";
import type { ExporterConfig } from "./exporter_config.ts";
import { stringifyExporterConfig } from "./exporter_text.ts";
import { didYouMean } from "./nearest.ts";
import { writePrivateFile } from "./write_file.ts";

/** Which exporter: `alias` of a file in the usual places, or the `path` of a file. */
export type ExporterSelection = { readonly alias: string } | { readonly path: string };

/** An exporter's file that is there. */
export interface ExporterEntry {
  /** The name it goes by. */
  readonly alias: string;
  /** Where it is. */
  readonly path: string;
}

/**
 * Reads an exporter's file.
 *
 * @param selection Which. A text is a path if it has a `/` or ends in `.yaml` or `.yml`, else an alias.
 * @param locations Where aliases are looked for: the user's folder, then the machine's.
 * @throws {Deno.errors.NotFound} if there is no such file; the message says where it was looked for.
 * @throws {ConfigError} with all that is wrong in it.
 */
export async function loadExporterConfig(
  selection: string | ExporterSelection,
  locations: ConfigLocations = configLocations(),
): Promise<ExporterFile> {
  const chosen = typeof selection === "string" ? select(selection) : selection;
  const path = "path" in chosen ? chosen.path : await findExporter(chosen.alias, locations);
  if (path === undefined) {
    const { alias } = chosen as { alias: string };
    const known = (await listExporters(locations)).map((entry) => entry.alias);
    const hint = didYouMean(alias, known);
    throw new Deno.errors.NotFound(
      `Cannot load exporter '${alias}': no such file in ${locations.exporters} or ` +
        `${locations.systemExporters}${hint === undefined ? "" : `: ${hint}`}`,
    );
  }
  return parseExporterConfig(await readExporterFile(path), path);
}

/** Reads a file's text. */
async function readExporterFile(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Deno.errors.NotFound(
      `Cannot load exporter: no such file: current value is '${path}'`,
    );
  }
}

function select(text: string): ExporterSelection {
  return /[/\\]|\.ya?ml$/.test(text) ? { path: text } : { alias: text };
}

/**
 * The path of a user's exporter, whether it is there or not.
 *
 * @throws {RangeError} if the alias is no file's name.
 */
export function exporterPath(
  alias: string,
  locations: ConfigLocations = configLocations(),
): string {
  return join(locations.exporters, `${checkAlias(alias)}.yaml`);
}

/** The file that an alias means: the user's, else the machine's; `undefined` if there is neither. */
export async function findExporter(
  alias: string,
  locations: ConfigLocations = configLocations(),
): Promise<string | undefined> {
  const own = exporterPath(alias, locations);
  if (await isFile(own)) return own;
  const system = join(locations.systemExporters, `${alias}.yaml`);
  return await isFile(system) ? system : undefined;
}

/** All exporters that there are, by name; the user's hide the machine's. */
export async function listExporters(
  locations: ConfigLocations = configLocations(),
): Promise<ExporterEntry[]> {
  const entries = new Map<string, string>();
  for (const folder of [locations.exporters, locations.systemExporters]) {
    for (const alias of await aliasesIn(folder)) {
      if (!entries.has(alias)) entries.set(alias, join(folder, `${alias}.yaml`));
    }
  }
  return [...entries].map(([alias, path]) => ({ alias, path }))
    .sort((a, b) => a.alias < b.alias ? -1 : 1);
}

/** Writes a user's exporter, and returns its path. */
export async function saveExporterConfig(
  alias: string,
  config: ExporterConfig,
  locations: ConfigLocations = configLocations(),
): Promise<string> {
  const path = exporterPath(alias, locations);
  await writePrivateFile(path, stringifyExporterConfig(config));
  return path;
}

function checkAlias(alias: string): string {
  if (alias !== "" && alias !== "." && alias !== ".." && !/[/\\]/.test(alias)) return alias;
  throw new RangeError(
    `Cannot use alias: it must be the name of a file, without folder: current value is '${alias}'`,
  );
}

/** Names of the `*.yaml` of a folder, without the ending; none if there is no such folder. */
export async function aliasesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (!isDirectory && name.endsWith(".yaml")) names.push(name.slice(0, -".yaml".length));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return names.filter((name) => name !== "" && !name.startsWith(".")).sort();
}

/** Whether there is a file at `path`. */
export async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw error;
  }
}
