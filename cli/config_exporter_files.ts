import type { ConfigLocations, ExporterConfig } from "@jumpstarter/core/config";

/** What a new exporter is made of. */
export interface NewExporter {
  /** Namespace of the controller's cluster. */
  namespace: string;
  /** Name in it. */
  name: string;
  /** The controller's `HOST:PORT`. */
  endpoint: string;
  /** What it shows the controller. */
  token: string;
  /** Whether any certificate of the controller is taken. */
  insecure: boolean;
}

/** An exporter that has no drivers yet. */
export function newExporterConfig(options: NewExporter): ExporterConfig {
  const { namespace, name, endpoint, token, insecure } = options;
  return {
    metadata: { namespace, name },
    endpoint,
    token,
    tls: { ca: "", insecure },
    grpcOptions: {},
    export: {},
    hooks: {},
    failureDetection: { maxRapidFailures: 5, rapidFailureWindow: 60 },
    exitOnLeaseEnd: false,
  };
}

/** What is left after an exporter was deleted. */
export interface DeletedExporter {
  /** The file that is gone. */
  path: string;
  /** The machine's file of the same alias, which counts from now on. */
  remaining?: string;
}

/**
 * Deletes a user's exporter.
 *
 * @throws {Error} if there is none, or only one of the machine's.
 */
export async function deleteExporter(
  alias: string,
  locations?: ConfigLocations,
): Promise<DeletedExporter> {
  const { exporterPath, findExporter } = await import("@jumpstarter/core/config");
  const path = exporterPath(alias, locations);
  const found = await findExporter(alias, locations);
  if (found === undefined) throw new Deno.errors.NotFound(`exporter "${alias}" does not exist`);
  if (found !== path) {
    throw new Error(
      `Exporter config '${alias}' exists only in the system location '${found}' and cannot be deleted.`,
    );
  }
  await Deno.remove(path);
  return { path, remaining: await findExporter(alias, locations) };
}

/** All exporters as upstream lists them, and what is wrong with those that cannot be read. */
export async function describeExporters(
  locations?: ConfigLocations,
): Promise<{ list: Record<string, unknown>; problems: string[] }> {
  const config = await import("@jumpstarter/core/config");
  const items: Record<string, unknown>[] = [];
  const problems: string[] = [];
  for (const { alias, path } of await config.listExporters(locations)) {
    try {
      const { config: read } = await config.loadExporterConfig({ path });
      // A listing ends up in logs and tickets: no tokens.
      const { token: _token, ...shown } = config.exporterConfigToJson(read);
      items.push({ alias, ...shown, path });
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  const list = { apiVersion: "jumpstarter.dev/v1alpha1", items, kind: "ExporterConfigList" };
  return { list, problems };
}
