/** Between the folders of `PATH`. */
const DELIMITER = Deno.build.os === "windows" ? ";" : ":";

/** What a hook is told about the lease that it runs for. */
export interface HookLease {
  /** The hooks' own socket, for `j`: a path. */
  readonly host: string;
  /** The lease's name; `standalone` without a controller. */
  readonly leaseName: string;
  /** The client's name; empty without a controller. */
  readonly clientName: string;
  /** A folder with programs for it, such as `j`: goes to the front of `PATH`. */
  readonly path?: string;
}

/** Variables of this process that are not a hook's business. */
const LEFT_OUT: readonly string[] = [
  "PS1",
  "JMP_MOTD_FILE",
  // Meant for clients elsewhere; the hooks' socket asks for no passphrase.
  "JMP_GRPC_PASSPHRASE",
];

/**
 * A hook's whole environment: this process's, and what core-spec §7.7 lists.
 *
 * @param motdFile where the hook may leave lines for the message of the day
 */
export function hookEnvironment(lease: HookLease, motdFile?: string): Record<string, string> {
  const environment = Deno.env.toObject();
  for (const name of LEFT_OUT) delete environment[name];
  if (lease.path !== undefined) {
    environment.PATH = [lease.path, environment.PATH].filter(Boolean).join(DELIMITER);
  }
  return {
    ...environment,
    JUMPSTARTER_HOST: lease.host,
    JMP_DRIVERS_ALLOW: "UNSAFE",
    LEASE_NAME: lease.leaseName,
    CLIENT_NAME: lease.clientName,
    // A hook has a terminal, so that its output comes line by line, but nobody sits at it.
    TERM: "dumb",
    DEBIAN_FRONTEND: "noninteractive",
    GIT_TERMINAL_PROMPT: "0",
    ...(motdFile === undefined ? {} : { JMP_MOTD_FILE: motdFile }),
  };
}
