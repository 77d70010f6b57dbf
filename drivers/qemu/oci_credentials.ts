import { Code, ConnectError } from "@connectrpc/connect";

/** A user's account at a registry. */
export interface OciAccount {
  /** The user. */
  readonly username: string;
  /** The password, or a token. */
  readonly password: string;
}

/**
 * Finds the account for an image's registry: the one given, else `OCI_USERNAME` and `OCI_PASSWORD`, else what
 * podman's and docker's `login` have left (containers-auth.json(5)).
 *
 * @param url `oci://REGISTRY/…`
 * @returns `undefined` if there is none: many registries need none
 * @throws {ConnectError} INVALID_ARGUMENT if only one half of an account is given
 */
export async function findOciAccount(
  url: string,
  given: Partial<OciAccount>,
  env: (name: string) => string | undefined = (name) => Deno.env.get(name),
): Promise<OciAccount | undefined> {
  const { username, password } = given;
  if (Boolean(username) !== Boolean(password)) {
    const text = "OCI authentication requires both username and password";
    throw new ConnectError(text, Code.InvalidArgument);
  }
  if (username && password) return { username, password };
  const fromEnv = { username: env("OCI_USERNAME"), password: env("OCI_PASSWORD") };
  if (fromEnv.username && fromEnv.password) return fromEnv as OciAccount;
  const registry = url.replace(/^oci:\/\//, "").split("/")[0];
  for (const path of authFiles(env)) {
    const account = await accountIn(path, registry);
    if (account !== undefined) return account;
  }
  return undefined;
}

function authFiles(env: (name: string) => string | undefined): string[] {
  const under = (folder: string | undefined, file: string): string[] =>
    folder ? [`${folder}/${file}`] : [];
  const given = env("REGISTRY_AUTH_FILE");
  return [
    ...given ? [given] : [],
    ...under(env("XDG_RUNTIME_DIR"), "containers/auth.json"),
    ...under(env("HOME"), ".config/containers/auth.json"),
    ...under(env("DOCKER_CONFIG"), "config.json"),
    ...under(env("HOME"), ".docker/config.json"),
  ];
}

async function accountIn(path: string, registry: string): Promise<OciAccount | undefined> {
  let auth: unknown;
  try {
    auth = JSON.parse(await Deno.readTextFile(path))?.auths?.[registry]?.auth;
  } catch {
    // Not there, not ours to read, or not JSON: as if it said nothing.
    return undefined;
  }
  if (typeof auth !== "string") return undefined;
  const [username, ...password] = atob(auth).split(":");
  return { username, password: password.join(":") };
}
