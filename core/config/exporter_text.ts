import { API_VERSION } from "./common_blocks.ts";
import type { DriverNodeConfig } from "./export_node.ts";
import type { ExporterConfig, HookConfig } from "./exporter_config.ts";
import { toYaml } from "./yaml_text.ts";

/** What {@linkcode ExporterConfig} is in a file: upstream's keys, in its order, all of them, unset ones as null. */
export function exporterConfigToJson(config: ExporterConfig): Record<string, unknown> {
  return {
    apiVersion: API_VERSION,
    kind: "ExporterConfig",
    metadata: { namespace: config.metadata.namespace, name: config.metadata.name },
    endpoint: config.endpoint ?? null,
    tls: { ca: config.tls.ca, insecure: config.tls.insecure },
    token: config.token ?? null,
    grpcOptions: { ...config.grpcOptions },
    description: config.description ?? null,
    motd: config.motd ?? null,
    export: nodesToJson(config.export),
    hooks: {
      beforeLease: hookToJson(config.hooks.beforeLease),
      afterLease: hookToJson(config.hooks.afterLease),
    },
    failureDetection: {
      maxRapidFailures: config.failureDetection.maxRapidFailures,
      rapidFailureWindow: config.failureDetection.rapidFailureWindow,
    },
    exitOnLeaseEnd: config.exitOnLeaseEnd,
  };
}

function nodesToJson(nodes: Readonly<Record<string, DriverNodeConfig>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(nodes).map(([name, node]) => [name, nodeToJson(node)]));
}

function nodeToJson(node: DriverNodeConfig): Record<string, unknown> {
  if (node.kind === "proxy") return { ref: node.ref };
  const children = nodesToJson(node.children);
  if (node.kind === "composite") return { children };
  return {
    type: node.type,
    description: node.description ?? null,
    methods_description: { ...node.methodsDescription },
    config: { ...node.config },
    children,
  };
}

function hookToJson(hook: HookConfig | undefined): Record<string, unknown> | null {
  if (hook === undefined) return null;
  const { exec, script, timeout, onFailure } = hook;
  return { exec: exec ?? null, script, timeout, onFailure };
}

/** Writes an exporter's file as upstream does. */
export function stringifyExporterConfig(config: ExporterConfig): string {
  return toYaml(exporterConfigToJson(config));
}
