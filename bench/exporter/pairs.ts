import type { ChildProcess } from "../harness/child_process.ts";
import type { PairSpec } from "../harness/measurement.ts";
import { ProcessPair, startTogether } from "../harness/process_pair.ts";
import { startDeno, startPython } from "../wire/programs.ts";
import { type ExporterValues, writeOurFile, writePeerFile } from "./exporter_files.ts";
import { startOurClient, startOurExporter, startPeerServe } from "./exporter_processes.ts";
import { MemoryDirectory } from "./memory_directory.ts";
import { startNetbench } from "./netbench.ts";
import { FOLDER, NETBENCH } from "./program_variables.ts";

/** How one side's exporter and client are started. */
interface Side {
  readonly exporter: (values: ExporterValues) => Promise<ChildProcess>;
  readonly client: (address: string, env: Record<string, string>) => Promise<ChildProcess>;
}

const ourSide: Side = {
  exporter: async (values) => await startOurExporter(await writeOurFile(values)),
  client: (address, env) => startOurClient(address, env),
};
const peerSide: Side = {
  exporter: async (values) => await startPeerServe(await writePeerFile(values)),
  client: (address, env) => startPython("peers/upstream_exporter_client.py", [address], env),
};

function exporterPair(name: string, { exporter, client }: Side, withConsole: boolean): PairSpec {
  return {
    name,
    start: () =>
      startTogether(async (keep) => {
        const directory = keep(new MemoryDirectory());
        const folder = directory.path;
        const netbench = keep(await startNetbench(folder));
        const others: AsyncDisposable[] = [netbench, directory];
        let serialPort: string | undefined;
        if (withConsole) {
          const device = keep(await startDeno("exporter/pty_device.ts"));
          serialPort = device.address;
          others.unshift(device);
        }
        const server = keep(await exporter({ folder, ports: netbench.ports, serialPort }));
        const env = { [NETBENCH]: netbench.program, [FOLDER]: folder };
        return new ProcessPair(keep(await client(server.address, env)), server, others);
      }),
  };
}

/** Our client on our exporter. */
export const ours: PairSpec = exporterPair("ours", ourSide, false);
/** Upstream's client on upstream's exporter. */
export const upstream: PairSpec = exporterPair("upstream", peerSide, false);
/** Our client on our exporter, which has a serial console on a pseudo-terminal. */
export const oursOnPty: PairSpec = exporterPair("ours, pty", ourSide, true);
/** Upstream's client on upstream's exporter, with the same console. */
export const upstreamOnPty: PairSpec = exporterPair("upstream, pty", peerSide, true);
