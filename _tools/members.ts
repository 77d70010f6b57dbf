/** What the checks read of a member's `deno.json`. */
export interface MemberConfig {
  /** `@jumpstarter/…`; a member without a name is not published. */
  name?: string;
  /** Semantic version. */
  version?: string;
  /** SPDX identifier. */
  license?: string;
  /** Entry points: `./name` to `./path/mod.ts`. */
  exports?: Record<string, string>;
  /** What `deno publish` takes. */
  publish?: { exclude?: string[] };
}

/** A member of the workspace. */
export interface Member {
  /** Its folder, relative to the checkout: `core`. */
  readonly folder: string;
  /** Its `deno.json`. */
  readonly config: MemberConfig;
}

/** Reads the members that the `deno.json` in `root` names. */
export async function readMembers(root: string): Promise<Member[]> {
  const { workspace } = JSON.parse(await Deno.readTextFile(`${root}/deno.json`)) as {
    workspace: string[];
  };
  return await Promise.all(workspace.map(async (path) => {
    const folder = path.replace(/^\.\//, "");
    const text = await Deno.readTextFile(`${root}/${folder}/deno.json`);
    return { folder, config: JSON.parse(text) as MemberConfig };
  }));
}
