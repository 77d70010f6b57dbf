import { Code, ConnectError } from "@connectrpc/connect";
import type { QemuConfig } from "./config.ts";
import { writeImage } from "./image_file.ts";
import { findOciAccount, type OciAccount } from "./oci_credentials.ts";

/** What fls says: a piece of its output, or its exit code. */
export interface FlsOutput {
  /** From its standard output. */
  stdout: string;
  /** From its standard error. */
  stderr: string;
  /** Its exit code, at the end. */
  returncode?: number;
}

/** What {@linkcode runFls} needs. */
export interface FlsOptions {
  /** What the exporter's file says about fls. */
  config: QemuConfig;
  /** Where a downloaded fls is kept. */
  folder: string;
  /** The account at the registry that the caller gives. */
  account: Partial<OciAccount>;
  /** Ends it. */
  signal: AbortSignal;
}

/** Releases of fls, upstream's own. */
const RELEASES = "https://github.com/jumpstarter-dev/fls/releases/download";

/**
 * Writes an image from an OCI registry to a file with the program fls (https://github.com/jumpstarter-dev/fls).
 *
 * @returns what it says as it says it; the last item has exit code 0
 * @throws {ConnectError} if the URL is none of OCI's, fls is missing, fails, or takes too long
 */
export async function* runFls(
  url: string,
  path: string,
  options: FlsOptions,
): AsyncGenerator<FlsOutput> {
  const { config, signal } = options;
  if (!url.startsWith("oci://")) {
    const text = `OCI URL must start with oci://: current value is '${url}'`;
    throw new ConnectError(text, Code.InvalidArgument);
  }
  const account = await findOciAccount(url, options.account);
  const program = await findFls(options);
  const late = AbortSignal.timeout(config.flash_timeout * 1000);
  const env = account && {
    FLS_REGISTRY_USERNAME: account.username,
    FLS_REGISTRY_PASSWORD: account.password,
  };
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args: ["from-url", url, path],
      env,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    const text =
      "fls command not found: install it (https://github.com/jumpstarter-dev/fls), or set fls_version";
    throw new ConnectError(text, Code.Unknown);
  }
  const kill = (): void => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
  };
  const stop = AbortSignal.any([signal, late]);
  stop.addEventListener("abort", kill, { once: true });
  try {
    yield* both(child);
    const { code } = await child.status;
    signal.throwIfAborted();
    if (late.aborted) {
      const text = `fls flash timed out after ${config.flash_timeout}s`;
      throw new ConnectError(text, Code.DeadlineExceeded);
    }
    if (code !== 0) {
      throw new ConnectError(`fls flash failed (return code ${code})`, Code.Unknown);
    }
    yield { stdout: "", stderr: "", returncode: 0 };
  } finally {
    stop.removeEventListener("abort", kill);
    kill();
    await child.status;
  }
}

type Channel = "stdout" | "stderr";

/** The output of both channels in the order in which it comes. */
async function* both(child: Deno.ChildProcess): AsyncGenerator<FlsOutput> {
  const open = (channel: Channel): ReadableStreamDefaultReader<string> =>
    child[channel].pipeThrough(new TextDecoderStream()).getReader();
  const readers = { stdout: open("stdout"), stderr: open("stderr") };
  const read = async (channel: Channel) => ({ channel, ...await readers[channel].read() });
  const reads = new Map<Channel, ReturnType<typeof read>>();
  for (const channel of ["stdout", "stderr"] as const) reads.set(channel, read(channel));
  try {
    while (reads.size > 0) {
      const { channel, done, value } = await Promise.race(reads.values());
      if (done) {
        reads.delete(channel);
        continue;
      }
      reads.set(channel, read(channel));
      yield { stdout: "", stderr: "", [channel]: value };
    }
  } finally {
    for (const reader of Object.values(readers)) reader.cancel().catch(() => {});
  }
}

/** The program: one that is named or whose release is named is fetched, otherwise that of `PATH`. */
async function findFls({ config, folder, signal }: FlsOptions): Promise<string> {
  const { fls_custom_binary_url: custom, fls_version: version } = config;
  if (custom && !config.fls_allow_custom_binaries) {
    const text = "fls_custom_binary_url needs fls_allow_custom_binaries: true";
    throw new ConnectError(text, Code.Unknown);
  }
  const name = Deno.build.arch === "aarch64" ? "fls-aarch64-linux-musl" : "fls-x86_64-linux";
  const url = custom || (version ? `${RELEASES}/${version}/${name}` : undefined);
  if (url === undefined) return "fls";
  const path = `${folder}/fls`;
  if (await Deno.stat(path).then(() => true, () => false)) return path;
  const response = await fetch(url, { signal });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new ConnectError(`Cannot fetch fls from ${url}: HTTP ${response.status}`, Code.Unknown);
  }
  await writeImage(path, response.body, signal);
  await Deno.chmod(path, 0o700);
  return path;
}
