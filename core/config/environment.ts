/** A look into the environment: the variable's value, or `undefined`. */
export type Environment = (name: string) => string | undefined;

/** The environment of this process. */
export function processEnvironment(name: string): string | undefined {
  return Deno.env.get(name);
}

type Mapping = Record<string, unknown>;

const isMapping = (value: unknown): value is Mapping =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Keys of files by the variable that stands in for them. Some hold JSON. */
const VARIABLES: Readonly<Record<string, { variable: string; json?: boolean }>> = {
  endpoint: { variable: "JMP_ENDPOINT" },
  token: { variable: "JMP_TOKEN" },
  refresh_token: { variable: "JMP_REFRESH_TOKEN" },
  tls: { variable: "JMP_TLS", json: true },
  grpcOptions: { variable: "JMP_GRPCOPTIONS", json: true },
  shell: { variable: "JMP_SHELL", json: true },
  leases: { variable: "JMP_LEASES", json: true },
  metadata: { variable: "JMP_METADATA", json: true },
  drivers: { variable: "JMP_DRIVERS", json: true },
};

/** Keys within blocks by the variable that stands in for them. */
const INNER: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  metadata: { namespace: "JMP_NAMESPACE", name: "JMP_NAME" },
  drivers: { allow: "JMP_DRIVERS_ALLOW", unsafe: "JMP_DRIVERS_UNSAFE" },
};

/**
 * Fills in what a file leaves open from the environment. The file goes first: what it says, even null, stays.
 *
 * @param value What the file says.
 * @param env The environment.
 * @param inner Blocks whose keys are filled in where the block is there: those of files that take nothing else.
 *   Without it all variables count, and blocks appear where they are needed.
 * @throws {SyntaxError} if a variable should hold JSON and does not.
 */
export function fromEnvironment(value: unknown, env: Environment, inner?: string[]): unknown {
  if (!isMapping(value)) return value;
  const filled: Mapping = { ...value };
  if (inner === undefined) {
    for (const [key, { variable, json }] of Object.entries(VARIABLES)) {
      const text = env(variable);
      if (text === undefined || key in filled) continue;
      filled[key] = json ? parseJson(variable, text) : text;
    }
  }
  for (const block of inner ?? Object.keys(INNER)) {
    const present = filled[block];
    if (present === undefined ? inner !== undefined : !isMapping(present)) continue;
    const entries = Object.entries(INNER[block])
      .map(([key, variable]) => [key, env(variable)] as const)
      .filter(([key, text]) => text !== undefined && !(key in ((present ?? {}) as Mapping)));
    if (entries.length === 0) continue;
    filled[block] = { ...(present ?? {}) as Mapping, ...Object.fromEntries(entries) };
  }
  return filled;
}

function parseJson(variable: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SyntaxError(`Cannot read ${variable}: not JSON: current value is '${text}'`, {
      cause,
    });
  }
}
