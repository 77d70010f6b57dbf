import { resolve } from "node:path";

/** What a board can be flashed with. */
export const PARTITIONS = ["root", "bios", "OVMF_CODE.fd", "OVMF_VARS.fd"] as const;

/** One of {@linkcode PARTITIONS}. */
export type Partition = typeof PARTITIONS[number];

/**
 * The partition of that name; `root` for none.
 *
 * @throws {RangeError} if there is no such partition
 */
export function partitionNamed(name: string | undefined): Partition {
  if (name === undefined || name === "") return "root";
  const found = PARTITIONS.find((partition) => partition === name);
  if (found === undefined) {
    throw new RangeError(
      `invalid partition name: ${name}: expected one of ${PARTITIONS.join(", ")}`,
    );
  }
  return found;
}

/** The files that stand for a board's partitions: what was flashed, else what the configuration names. */
export class Partitions {
  readonly #folder: string;
  readonly #defaults: Readonly<Partial<Record<Partition, string>>>;

  /** @param folder where flashed images are */
  constructor(folder: string, defaults: Readonly<Partial<Record<Partition, string>>>) {
    this.#folder = folder;
    this.#defaults = defaults;
  }

  /** Where an image for it is flashed to. */
  flashed(partition: Partition): string {
    return `${this.#folder}/${partition}`;
  }

  /**
   * The file to boot from, as an absolute path, or `undefined` if there is none.
   *
   * @throws {Deno.errors.NotFound} if the configuration names a file that does not exist
   */
  async find(partition: Partition): Promise<string | undefined> {
    const flashed = this.flashed(partition);
    if (await isThere(flashed)) return flashed;
    const given = this.#defaults[partition];
    if (given === undefined) return undefined;
    const standing = resolve(given);
    if (await isThere(standing)) return standing;
    throw new Deno.errors.NotFound(
      `Cannot find image: default_partitions.${partition} does not exist: current value is '${standing}'`,
    );
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
