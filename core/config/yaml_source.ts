import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
} from "yaml";
import { type ConfigProblem, formatPath, type KeyPath } from "./config_problem.ts";
import { YAML_DIALECT } from "./yaml_scalars.ts";

/** What a problem points at: the key, or what it is set to. */
export type Pointed = "key" | "value";

/** A YAML file that was read, and where everything stands in it. */
export class YamlSource {
  /** The file's name, for messages. */
  readonly file: string;
  /** What the file says; `undefined` when it is not YAML. */
  readonly value: unknown;
  /** What is wrong with it as YAML: syntax, keys that appear twice. */
  readonly problems: readonly ConfigProblem[];
  readonly #document: Document;
  readonly #lines = new LineCounter();

  /**
   * Reads a text. Never throws: what is wrong is in {@linkcode YamlSource.problems}.
   *
   * @param text The file's content.
   * @param file Its name, for messages.
   */
  constructor(text: string, file: string) {
    this.file = file;
    this.#document = parseDocument(text.replace(/^\uFEFF/, ""), {
      ...YAML_DIALECT,
      // A key `on` is no "true".
      stringKeys: true,
      lineCounter: this.#lines,
      prettyErrors: false,
      logLevel: "error",
    });
    const problems = this.#document.errors.map(({ pos, message, code }) => ({
      file,
      ...this.#position(pos[0]),
      path: "",
      message: code === "DUPLICATE_KEY"
        ? `key '${keyAt(text, pos[0])}' appears twice`
        : `not valid YAML: ${sentence(message)}`,
    }));
    try {
      if (problems.length === 0) this.value = this.#document.toJS();
    } catch (error) { // an alias to nothing, or too many of them
      const message = `not valid YAML: ${sentence(String((error as Error).message))}`;
      problems.push({ file, line: 1, column: 1, path: "", message });
    }
    this.problems = problems;
  }

  /** What stands at `path`, or `undefined`. */
  at(path: KeyPath): unknown {
    let value: unknown = this.value;
    for (const part of path) {
      if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return;
      value = (value as Record<string | number, unknown>)[part];
    }
    return value;
  }

  /** Where `path` stands, or the nearest thing around it that is there. */
  locate(path: KeyPath, pointed: Pointed = "value"): { line: number; column: number } {
    let node: unknown = this.#document.contents;
    let start = isNode(node) ? node.range?.[0] ?? 0 : 0;
    for (const part of path) {
      node = isAlias(node) ? node.resolve(this.#document) : node;
      const pair: Pair | undefined = isMap(node) ? findPair(node.items, part) : undefined;
      const value: unknown = pair?.value ?? (isSeq(node) ? node.items[Number(part)] : undefined);
      if (pair === undefined && value === undefined) break;
      node = value;
      start = startOf(pair?.key as Node, value as Node, pointed) ?? start;
    }
    return this.#position(start);
  }

  /** A problem at `path`. */
  problem(
    path: KeyPath,
    message: string,
    options: { hint?: string; pointed?: Pointed } = {},
  ): ConfigProblem {
    const { hint, pointed } = options;
    const place = this.locate(path, pointed);
    return { file: this.file, ...place, path: formatPath(path), message, hint };
  }

  #position(offset: number): { line: number; column: number } {
    const { line, col } = this.#lines.linePos(offset);
    // A file without a line has no position of its own.
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

function findPair(pairs: readonly Pair[], name: string | number): Pair | undefined {
  return pairs.find(({ key }) => String(isScalar(key) ? key.value : key) === String(name));
}

/** The offset to point at. A value that is not written has none of its own: its key has. */
function startOf(key: Node | undefined, value: Node | undefined, pointed: Pointed) {
  const [from, to] = value?.range ?? [0, 0];
  return (pointed === "value" && to > from ? from : key?.range?.[0]) ?? value?.range?.[0];
}

/** The library's message without its capital and full stop. */
const sentence = (message: string): string =>
  message.slice(0, 1).toLowerCase() + message.slice(1).replace(/\.$/, "");

/** The key that begins at an offset, as it is written. */
const keyAt = (text: string, offset: number): string =>
  /^(?:"[^"\n]*"|'[^'\n]*'|[^:\n]+)/.exec(text.slice(offset))?.[0].trim() ?? "";
