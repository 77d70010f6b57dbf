/**
 * Files and environment: what they mean, where they are, which goes first.
 *
 * Loads the YAML and the schema library: import it where a file is read, not where a program starts.
 *
 * @module
 */
export * from "./client_config.ts";
export * from "./client_file.ts";
export type { GrpcOptions, ObjectMeta, TlsConfig } from "./common_blocks.ts";
export * from "./config_problem.ts";
export { type Environment, processEnvironment } from "./environment.ts";
export type {
  CompositeConfig,
  DriverConfig,
  DriverNodeConfig,
  ProxyConfig,
} from "./export_node.ts";
export type { ExporterConfig, FailureDetection, HookConfig } from "./exporter_config.ts";
export * from "./exporter_file.ts";
export { exporterConfigToJson, stringifyExporterConfig } from "./exporter_text.ts";
export {
  type ExporterEntry,
  exporterPath,
  type ExporterSelection,
  findExporter,
  listExporters,
  loadExporterConfig,
  saveExporterConfig,
} from "./load_exporter.ts";
export { type ConfigLocations, configLocations } from "./locations.ts";
export { didYouMean, editDistance, nearest } from "./nearest.ts";
export { schemaProblems } from "./schema_problems.ts";
export * from "./user_config.ts";
export { writePrivateFile } from "./write_file.ts";
export { type Pointed, YamlSource } from "./yaml_source.ts";
export { editYaml, toYaml } from "./yaml_text.ts";
