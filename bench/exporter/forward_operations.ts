import type { Device } from "@jumpstarter/core/client";
import { NetworkClient } from "@jumpstarter/drivers/network";
import type { Figures } from "../harness/measurement.ts";
import type { Operations } from "../worker/command_loop.ts";
import { NETBENCH } from "./program_variables.ts";

const MIB = 2 ** 20;
/** Moved once to learn the rate from, in bytes. */
const PROBE_BYTES = 16 * MIB;
/** The least and the most that one measurement moves, in bytes. */
const LEAST_BYTES = 32 * MIB;
const MOST_BYTES = 2048 * MIB;

/** TCP port forwards, with `netbench` as the local program and as the device. */
export function forwardOperations(device: Device): Operations {
  const netbench = async (path: string, command: string, count: number): Promise<Figures> => {
    await using forward = device.get(path, NetworkClient).forwardTcp();
    const { hostname, port } = forward;
    const { success, stdout, stderr } = await new Deno.Command(Deno.env.get(NETBENCH)!, {
      args: [command, hostname, `${port}`, `${count}`],
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr).trim());
    return JSON.parse(new TextDecoder().decode(stdout));
  };

  const rate = async (path: string, command: string, seconds: number): Promise<Figures> => {
    const probe = await netbench(path, command, PROBE_BYTES);
    const wanted = Math.round(PROBE_BYTES / probe.s * seconds);
    const { mib_s } = await netbench(
      path,
      command,
      Math.max(LEAST_BYTES, Math.min(MOST_BYTES, wanted)),
    );
    return { mib_s };
  };

  return {
    forward_up: ({ seconds }) => rate("sink", "up", seconds),
    forward_down: ({ seconds }) => rate("source", "down", seconds),
    forward_ping: async ({ count }) => {
      const { p50_us, p99_us } = await netbench("tcp", "ping", count);
      return { p50: p50_us, p99: p99_us };
    },
    forward_bytes: async ({ mib }) => {
      await netbench("sink", "up", mib * MIB);
      return {};
    },
  };
}
