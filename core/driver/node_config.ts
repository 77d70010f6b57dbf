/** A driver, as an exporter file says it. */
export interface DriverConfig {
  /** Has a `type:`. */
  readonly kind: "driver";
  /** Which driver. */
  readonly type: string;
  /** Its `config:`. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Its `children:`, in the order of the file. */
  readonly children: Readonly<Record<string, NodeConfig>>;
  /** What it is for. */
  readonly description?: string;
  /** Help for commands, by the command's name. */
  readonly methodsDescription?: Readonly<Record<string, string>>;
}

/** A second name for a driver. */
export interface ProxyConfig {
  /** Has a `ref:` and no `type:`. */
  readonly kind: "proxy";
  /** The names on the way from the root, dotted: `dut.power`. */
  readonly ref: string;
}

/** A node that only holds others together. */
export interface CompositeConfig {
  /** Has neither `type:` nor `ref:`. */
  readonly kind: "composite";
  /** Its `children:`, in the order of the file. */
  readonly children: Readonly<Record<string, NodeConfig>>;
}

/** One node of an exporter file's `export:` (core-spec §6.5). */
export type NodeConfig = DriverConfig | ProxyConfig | CompositeConfig;

/** What is wrong at one place of a tree's configuration. */
export interface ConfigProblem {
  /** The keys on the way there from the file's root: `["export", "serial", "config", "baudrate"]`. */
  readonly path: readonly (string | number)[];
  /** What is wrong, and what was wanted. */
  readonly message: string;
  /** The nearest valid choice, or what to do. */
  readonly hint?: string;
}

/** All that is wrong with a tree's configuration. */
export class DriverConfigError extends Error {
  /** The problems, in the order of the file. */
  readonly problems: readonly ConfigProblem[];

  /** An error of at least one problem. */
  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(problemLine).join("\n"));
    this.name = "DriverConfigError";
    this.problems = problems;
  }
}

/** A problem in one line. */
function problemLine({ path, message, hint }: ConfigProblem): string {
  return `${path.join(".")}: ${message}${hint === undefined ? "" : ` (${hint})`}`;
}
