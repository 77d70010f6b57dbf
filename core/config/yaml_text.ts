import { Document, isScalar, parseDocument, type Scalar, type ScalarTag, visit } from "yaml";
import type { KeyPath } from "./config_problem.ts";
import { YAML_DIALECT, YAML_SCALARS } from "./yaml_scalars.ts";

const STYLE = { lineWidth: 0, directives: false } as const;

/**
 * Writes YAML that reads as the same in YAML 1.1, as upstream's files are, and in YAML 1.2: keys in the order of the
 * value, text in quotes where it could be taken for something else.
 */
export function toYaml(value: unknown): string {
  return new Document(value, {
    ...YAML_DIALECT,
    // Without the tag of merge keys: a text `<<` is only that.
    customTags: ([map, seq]) => [map, seq, ...YAML_SCALARS],
    aliasDuplicateObjects: false,
  }).toString(STYLE);
}

/**
 * Changes values in a YAML file and leaves all else as it is, comments and quotes too.
 *
 * @param text The file's content.
 * @param changes Paths and their new values; `undefined` takes the key out.
 * @throws {YAMLParseError} if the text is not YAML.
 */
export function editYaml(text: string, changes: readonly (readonly [KeyPath, unknown])[]): string {
  return changes.reduce((edited, [path, value]) => edit(edited, path, value), text);
}

function edit(text: string, path: KeyPath, value: unknown): string {
  const written = new Map<unknown, string>();
  const asWritten = YAML_SCALARS.map((tag): ScalarTag => ({
    ...tag,
    stringify: (item, ...rest) => written.get(item) ?? tag.stringify!(item, ...rest),
  }));
  const document = parseDocument(text, {
    ...YAML_DIALECT,
    stringKeys: true,
    customTags: ([map, seq]) => [map, seq, ...asWritten, "merge"],
  });
  if (document.errors.length > 0) throw document.errors[0];
  const old = document.getIn(path, true);
  const range = isScalar(old) && isLine(text, old) ? old.range : undefined;
  const fresh = toYaml(value).trimEnd();
  if (range && value !== undefined && typeof value !== "object" && !fresh.includes("\n")) {
    return text.slice(0, range[0]) + fresh + text.slice(range[1]);
  }
  visit(document, {
    Scalar: (_key, node) => {
      if (isLine(text, node)) written.set(node, text.slice(...node.range!.slice(0, 2)));
    },
  });
  if (value !== undefined) document.setIn(path, document.createNode(value));
  else document.deleteIn(path);
  return document.toString(STYLE);
}

/** Whether a scalar is written out, in one line. */
function isLine(text: string, { range }: Scalar): boolean {
  if (!range || range[1] === range[0]) return false;
  return !text.slice(range[0], range[1]).includes("\n");
}
