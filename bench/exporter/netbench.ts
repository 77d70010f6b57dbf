import { dirname } from "node:path";
import { LineReader } from "../harness/line_reader.ts";
import { findPeerKit } from "../wire/python_peers.ts";

/** The ports of a running `netbench serve`: a TCP echo, one that takes, one that gives. */
export interface NetbenchPorts {
  /** Sends back what it gets. */
  readonly echo: number;
  /** Takes jobs and answers each with a byte. */
  readonly sink: number;
  /** Gives what it is asked for. */
  readonly source: number;
}

/** A running `netbench serve`, which ends when disposed. */
export interface Netbench extends AsyncDisposable {
  /** The program, for its clients. */
  readonly program: string;
  /** Where it serves. */
  readonly ports: NetbenchPorts;
}

/** Compiles the kit's plain C program into `folder` and starts its server. */
export async function startNetbench(folder: string): Promise<Netbench> {
  const program = `${folder}/netbench`;
  const source = `${dirname(findPeerKit().serve)}/netbench.c`;
  const { success, stderr } = await new Deno.Command("cc", {
    args: ["-O2", "-pthread", "-o", program, source],
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`Cannot compile netbench: ${new TextDecoder().decode(stderr)}`);
  const server = new Deno.Command(program, {
    args: ["serve"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const lines = new LineReader(server.stdout);
  const ports = JSON.parse(await lines.next() ?? "null") as NetbenchPorts;
  return {
    program,
    ports,
    async [Symbol.asyncDispose](): Promise<void> {
      await server.stdin.close();
      await server.status;
      await lines.cancel();
    },
  };
}

/** The environment in which the kit's programs find the ports. */
export function portVariables({ echo, sink, source }: NetbenchPorts): Record<string, string> {
  return { ECHO_PORT: `${echo}`, SINK_PORT: `${sink}`, SOURCE_PORT: `${source}` };
}
