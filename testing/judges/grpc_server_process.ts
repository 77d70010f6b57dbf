/** The gRPC servers of the tests: ours, and grpcio's. Both say the same and take the same arguments. */
import { makeCertificates } from "../certs.ts";
import { startDeno, startProcess, type TestProcess } from "../process.ts";
import { requireTool } from "../tool.ts";

/** The ways to reach a server. */
export type Link = "tcp" | "tls" | "unix";

/** Whose server. */
export type Maker = "ours" | "grpcio";

/** A running server with fresh certificates; `await using` ends it and removes its files. */
export class GrpcServerProcess implements AsyncDisposable {
  private constructor(
    readonly process: TestProcess,
    /** Folder with `ca.pem` and the sockets. */
    readonly folder: string,
  ) {}

  /** Starts `grpc_server.ts` or `python/grpcio_server.py`. */
  static async start(maker: Maker): Promise<GrpcServerProcess> {
    const folder = await Deno.makeTempDir();
    const { ca, server } = await makeCertificates();
    const files = { "ca.pem": ca.cert, "cert.pem": server.cert, "key.pem": server.key };
    for (const [name, pem] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${name}`, pem);
    }
    const args = [`${folder}/cert.pem`, `${folder}/key.pem`, folder];
    return new GrpcServerProcess(await startMaker(maker, args), folder);
  }

  /** The file of the authority that signed its certificate. */
  get caFile(): string {
    return `${this.folder}/ca.pem`;
  }

  /** Where it listens: `localhost:port` or `unix:path`; with 32 MiB for a message when `big`. */
  address(link: Link, big = false): string {
    const word = this.process.ready[["tcp", "tls", "unix"].indexOf(link) + (big ? 3 : 0)];
    return link === "unix" ? `unix:${word}` : `localhost:${word}`;
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}

function startMaker(maker: Maker, args: string[]): Promise<TestProcess> {
  if (maker === "ours") return startDeno(new URL("./grpc_server.ts", import.meta.url), { args });
  const program = new URL("./python/grpcio_server.py", import.meta.url).pathname;
  return startProcess(requireTool("python"), { args: ["-B", program, ...args] });
}
