import { isAbsolute, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { didYouMean, nearest } from "../config/internal_mod.ts";
import type { DriverDefinition } from "./definition.ts";

/** Loads a driver's module when the driver is needed. */
export type DriverLoader = () => Promise<DriverDefinition>;

/** A `type:` that nobody knows, or whose module cannot be loaded. */
export class UnknownDriverError extends Error {
  /** The `type:`. */
  readonly type: string;
  /** What to do about it. */
  readonly hint: string | undefined;

  /** An error about `type`. */
  constructor(type: string, reason: string, hint?: string, options?: ErrorOptions) {
    super(`Cannot load driver '${type}': ${reason}`, options);
    this.name = "UnknownDriverError";
    this.type = type;
    this.hint = hint;
  }
}

/**
 * Knows the drivers that exporter files may name: those that are registered, and modules of the user's own:
 * `./my_board.ts#MyPower` (beside the file), `npm:` and `jsr:` packages likewise.
 */
export class DriverRegistry {
  readonly #loaders: Map<string, DriverLoader>;

  /** A registry that knows `drivers`, by type. */
  constructor(drivers: Readonly<Record<string, DriverLoader>> = {}) {
    this.#loaders = new Map(Object.entries(drivers));
  }

  /** The types it knows, in alphabetical order. */
  get types(): string[] {
    return [...this.#loaders.keys()].sort();
  }

  /** Adds a driver, or takes another's place. */
  add(definition: DriverDefinition): this {
    this.#loaders.set(definition.type, () => Promise.resolve(definition));
    return this;
  }

  /**
   * The driver of a type.
   *
   * @param baseFolder where relative modules are looked for; the working directory unless told
   * @throws {UnknownDriverError} if there is none
   */
  async load(type: string, baseFolder: string = Deno.cwd()): Promise<DriverDefinition> {
    const loader = this.#loaders.get(type);
    if (loader !== undefined) return await loader();
    const [specifier, name] = type.split("#");
    if (name !== undefined && /^(\.{0,2}\/|npm:|jsr:|file:)/.test(specifier)) {
      return await loadModule(type, specifier, name, baseFolder);
    }
    throw new UnknownDriverError(
      type,
      "there is no such driver",
      this.#hint(type) ?? "see jmp driver list",
    );
  }

  /** The type that was most likely meant: people know the class's name, and paths look much alike. */
  #hint(type: string): string | undefined {
    const known = [...this.#loaders.keys()];
    const [name] = nearest(classOf(type), known.map(classOf));
    const meant = known.find((candidate) => classOf(candidate) === name);
    return meant === undefined ? didYouMean(type, known) : `did you mean '${meant}'?`;
  }
}

/** The last name of a class path. */
const classOf = (type: string): string => type.split(/[.#]/).at(-1)!;

async function loadModule(
  type: string,
  specifier: string,
  name: string,
  baseFolder: string,
): Promise<DriverDefinition> {
  const url = /^(\.|\/)/.test(specifier)
    ? pathToFileURL(isAbsolute(specifier) ? specifier : resolve(baseFolder, specifier)).href
    : specifier;
  let module: Record<string, unknown>;
  try {
    module = await import(url);
  } catch (error) {
    throw new UnknownDriverError(type, (error as Error).message, undefined, { cause: error });
  }
  const definition = module[name] as Partial<DriverDefinition> | undefined;
  if (typeof definition?.create === "function") return { ...definition, type } as DriverDefinition;
  throw new UnknownDriverError(
    type,
    `'${specifier}' exports no driver '${name}'`,
    didYouMean(name, Object.keys(module)),
  );
}
