/** HTTP/2 servers of other people, each started in the same way. */
import { makeCertificates } from "../certs.ts";
import { runTool, startProcess, type TestProcess } from "../process.ts";
import { requireTool } from "../tool.ts";
import { listeningPort } from "./listening_port.ts";

/** A running server. */
export class PeerServer implements AsyncDisposable {
  /** Its process is ended, and its files are removed, with this. */
  constructor(
    readonly process: TestProcess,
    readonly port: number,
    /** PEM of the authority of its certificate; without TLS absent. */
    readonly ca: string | undefined,
    readonly folder: string,
  ) {}

  /** Asks it to end gracefully: GOAWAY, then the end of what is open. */
  async shutDown(): Promise<void> {
    await this.process.writeLine("shutdown");
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** What {@linkcode PeerServer} is started by. */
export type StartPeer = (tls: boolean) => Promise<PeerServer>;

/** A folder of its own, with `cert.pem` and `key.pem` when `tls`. */
async function makeFolder(tls: boolean): Promise<{ folder: string; ca?: string; pems: string[] }> {
  const folder = await Deno.makeTempDir();
  if (!tls) return { folder, pems: [] };
  const { ca, server } = await makeCertificates();
  const pems = [`${folder}/cert.pem`, `${folder}/key.pem`];
  await Deno.writeTextFile(pems[0], server.cert);
  await Deno.writeTextFile(pems[1], server.key);
  return { folder, ca: ca.cert, pems };
}

/** Builds a Go program below `go/` once per test file; it is removed when the file is done. */
function buildGo(name: string): Promise<string> {
  return built[name] ??= (async () => {
    const folder = await Deno.makeTempDir();
    addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
    const result = await runTool(requireTool("go"), {
      args: ["build", "-o", folder, "."],
      cwd: new URL(`./go/${name}/`, import.meta.url),
      deadlineMs: 180_000, // the first build ever compiles the standard library
    });
    if (result.code !== 0) throw new Error(`Cannot build ${name}: ${result.output}`);
    return `${folder}/${name}`;
  })();
}
const built: Record<string, Promise<string>> = {};

/** Go's net/http: `go/h2server`. */
export async function startGo(tls: boolean): Promise<PeerServer> {
  const binary = await buildGo("h2server");
  const { folder, ca, pems } = await makeFolder(tls);
  const process = await startProcess(binary, { args: pems });
  return new PeerServer(process, process.port, ca, folder);
}

/** The server of node:http2, run by `node` or by `deno`. */
export async function startNode(runtime: "node" | "deno", tls: boolean): Promise<PeerServer> {
  const { folder, ca, pems } = await makeFolder(tls);
  const script = new URL("./node/h2server.mjs", import.meta.url).pathname;
  const args = runtime === "node" ? [script, ...pems] : ["run", "--quiet", "-A", script, ...pems];
  const process = await startProcess(requireTool(runtime), { args });
  return new PeerServer(process, process.port, ca, folder);
}

/** nghttpd: files of `files`, and what `options` say. */
export async function startNghttpd(
  tls: boolean,
  files: Record<string, Uint8Array>,
  options: readonly string[] = [],
): Promise<PeerServer> {
  const { folder, ca, pems: [cert, key] } = await makeFolder(tls);
  await Deno.mkdir(`${folder}/root`);
  for (const [name, bytes] of Object.entries(files)) {
    await Deno.writeFile(`${folder}/root/${name}`, bytes);
  }
  // Without -v its first line stays in a buffer.
  const common = ["-v", "-a", "127.0.0.1", "-d", `${folder}/root`, ...options];
  const args = tls ? [...common, "0", key, cert] : [...common, "--no-tls", "0"];
  const process = await startProcess(requireTool("nghttpd"), { args, readyPattern: /listen .*\n/ });
  const port = listeningPort(process.pid);
  if (port === undefined) throw new Error(`Cannot find nghttpd's port: ${process.output}`);
  return new PeerServer(process, port, ca, folder);
}
