import { connect } from "@jumpstarter/core/client";
import { MemoryDirectory } from "../exporter/memory_directory.ts";
import type { Figures, Measurement, SampleContext } from "../harness/measurement.ts";
import { treeMebibytes } from "../harness/process_memory.ts";
import type { Side } from "./sides.ts";
import { wallTime } from "./timed_command.ts";

/** How often a command is run for one sample. */
const TIMES = 5;
/** Until what a start leaves behind is gone, in ms. */
const SETTLE_MS = 1_000;

const timesOf = ({ quick, warmUp }: SampleContext): number => quick || warmUp ? 1 : TIMES;

/** Wall time of `jmp` with these arguments, in ms. */
export function jmpTime(side: Side, ...args: string[]): Measurement {
  return {
    name: `jmp ${args.join(" ")} of ${side.name}`,
    async sample(context): Promise<Figures> {
      const env = side.variables();
      const command: [string, ...string[]] = [...side.command("jmp"), ...args];
      return { ms: await wallTime({ command, env }, timesOf(context)) };
    },
  };
}

/** Wall time of `j power on`, with an exporter that runs already, in ms. */
export function powerOnTime(side: Side): Measurement {
  return {
    name: `j power on of ${side.name}`,
    async sample(context): Promise<Figures> {
      const command: [string, ...string[]] = [...side.command("j"), "power", "on"];
      await using directory = new MemoryDirectory();
      await using exporter = await side.run(await side.writeFile({ folder: directory.path }));
      const env = {
        ...side.variables(),
        JUMPSTARTER_HOST: exporter.address,
        JMP_GRPC_INSECURE: "1",
      };
      return { ms: await wallTime({ command, env }, timesOf(context)) };
    },
  };
}

/** Wall time of `jmp shell --exporter-config FILE -- COMMAND`, in ms; `j` in the command is this side's. */
export function shellTime(side: Side, ...inner: string[]): Measurement {
  return {
    name: `jmp shell -- ${inner.join(" ")} of ${side.name}`,
    async sample(context): Promise<Figures> {
      await using directory = new MemoryDirectory();
      const file = await side.writeFile({ folder: directory.path });
      const jmp = side.command("jmp");
      const what = inner[0] === "j" ? [...side.command("j"), ...inner.slice(1)] : inner;
      const command: [string, ...string[]] = [
        ...jmp,
        "shell",
        "--exporter-config",
        file,
        "--",
        ...what,
      ];
      return { ms: await wallTime({ command, env: side.variables() }, timesOf(context)) };
    },
  };
}

/**
 * `jmp run` from its start to the first answered GetReport, in ms, and the memory of all its processes when it has
 * nothing to do, in MiB. It is our client that asks, in every case.
 */
export function runFigures(side: Side): Measurement {
  return {
    name: `jmp run of ${side.name}`,
    async sample({ warmUp }): Promise<Figures> {
      await using directory = new MemoryDirectory();
      const file = await side.writeFile({ folder: directory.path });
      side.command("jmp");
      const start = performance.now();
      await using exporter = await side.run(file);
      {
        await using _device = await connect({ host: exporter.address, insecure: true });
      }
      const ms = performance.now() - start;
      if (warmUp) return { ms, idle_mib: 0 };
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      return { ms, idle_mib: await treeMebibytes(exporter.pid) };
    },
  };
}
