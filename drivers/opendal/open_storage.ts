import { type Storage, StorageError } from "./storage.ts";

/** Makes a storage from the options of exporter files. */
type Open = (options: Readonly<Record<string, string>>) => Promise<Storage>;

/** One scheme. */
interface Scheme {
  readonly open: Open;
  /** Options that it takes; those with `true` must be there. */
  readonly options: Readonly<Record<string, boolean>>;
}

const HTTP: Scheme = {
  options: { endpoint: true, root: false, username: false, password: false, token: false },
  open: async ({ endpoint, ...options }) =>
    new (await import("./http_storage.ts")).HttpStorage({ endpoint, ...options }),
};

const SCHEMES: Readonly<Record<string, Scheme>> = {
  fs: {
    options: { root: true, atomic_write_dir: false },
    open: async ({ root, atomic_write_dir }) =>
      (await import("./fs_storage.ts")).FsStorage.open({ root, atomicWriteDir: atomic_write_dir }),
  },
  memory: {
    options: { root: false },
    open: async () => new (await import("./memory_storage.ts")).MemoryStorage(),
  },
  http: HTTP,
  https: HTTP,
  s3: {
    options: {
      bucket: true,
      root: false,
      endpoint: false,
      region: false,
      access_key_id: false,
      secret_access_key: false,
      session_token: false,
      allow_anonymous: false,
      enable_virtual_host_style: false,
      disable_config_load: false,
      default_storage_class: false,
      server_side_encryption: false,
      server_side_encryption_aws_kms_key_id: false,
    },
    open: async (options) => (await import("./s3_options.ts")).openS3(options),
  },
};

/** What exporter files may say under `scheme`. */
export const SCHEME_NAMES: readonly string[] = Object.keys(SCHEMES);

/** What is wrong with a storage's configuration, without opening it; empty if nothing is. */
export function storageProblems(
  name: string,
  options: Readonly<Record<string, string>>,
): { path: string[]; message: string }[] {
  const scheme = Object.hasOwn(SCHEMES, name) ? SCHEMES[name] : undefined;
  if (scheme === undefined) {
    return [{ path: ["scheme"], message: `want one of ${SCHEME_NAMES.join(", ")}` }];
  }
  const known = Object.keys(scheme.options);
  const unknown = Object.keys(options).filter((key) => !known.includes(key));
  const missing = known.filter((key) => scheme.options[key] && !options[key]);
  return [
    ...unknown.map((key) => ({
      path: ["kwargs", key],
      message: `${name} has no such option: known are ${known.join(", ")}`,
    })),
    ...missing.map((key) => ({ path: ["kwargs", key], message: `${name} needs it` })),
  ];
}

/**
 * Opens a storage.
 *
 * @throws {StorageError} ConfigInvalid if there is no such scheme or option
 */
export async function openStorage(
  name: string,
  options: Readonly<Record<string, string>>,
): Promise<Storage> {
  const [problem] = storageProblems(name, options);
  if (problem !== undefined) {
    throw new StorageError(
      "ConfigInvalid",
      `Cannot open storage: ${problem.path.join(".")}: ${problem.message}`,
    );
  }
  return await SCHEMES[name].open(options);
}
