/** Who logs in to the guest, and what it is called. */
export interface GuestAccount {
  /** Host name of the guest. */
  readonly hostname: string;
  /** The user that is made. */
  readonly username: string;
  /** Its password. */
  readonly password: string;
}

/**
 * Writes what cloud-init reads from a disk labelled CIDATA (its data source NoCloud) into a folder, which it makes.
 *
 * @param instanceId cloud-init sets the guest up again when this changes
 */
export async function writeCloudInit(
  folder: string,
  instanceId: string,
  account: GuestAccount,
): Promise<void> {
  const metaData = { "instance-id": instanceId, "local-hostname": account.hostname };
  const userData = {
    ssh_pwauth: true,
    users: [{
      name: account.username,
      plain_text_passwd: account.password,
      lock_passwd: false,
      sudo: "ALL=(ALL) NOPASSWD:ALL",
    }],
  };
  // Not recursive: where the folder above is gone, the board is, too.
  await Deno.mkdir(folder, { mode: 0o700 }).catch((error) => {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  });
  await Deno.writeTextFile(`${folder}/meta-data`, yaml(metaData));
  await Deno.writeTextFile(`${folder}/user-data`, `#cloud-config\n${yaml(userData)}`);
}

/** JSON is YAML, whatever is in the strings. */
function yaml(value: unknown): string {
  return JSON.stringify(value, null, 2) + "\n";
}
