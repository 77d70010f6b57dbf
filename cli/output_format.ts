import type { JsonValue } from "@bufbuild/protobuf";

/** How results are printed: for a person unless told. */
export type OutputFormat = "json" | "yaml";

/** What `-o` takes. */
export const OUTPUT_FORMATS: readonly OutputFormat[] = ["json", "yaml"];

/** A value as JSON with an indent of four (cli-spec §1.4), or as YAML; without the last line break. */
export async function formatData(value: JsonValue, format: OutputFormat): Promise<string> {
  if (format === "json") return JSON.stringify(value, null, 4);
  const { stringify } = await import("yaml");
  return stringify(value, { lineWidth: 0 }).trimEnd();
}
