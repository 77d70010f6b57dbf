import type { Duplex } from "@jumpstarter/core/stream";
import { spawnOnPty } from "@jumpstarter/core/tty";
import { BOARD_SCRIPT } from "./board_script.ts";

/** What a virtual board is started with. */
export interface VirtualProcessOptions {
  /** Its prompt. */
  prompt: string;
  /** How long it boots, in ms. */
  bootMs: number;
}

/** A virtual board that runs: a process of its own, behind a pseudo-terminal. */
export interface VirtualProcess {
  /** Its process id. */
  readonly pid: number;
  /** Its serial console. */
  readonly console: Duplex;
  /** How it ended. */
  readonly status: Promise<Deno.CommandStatus>;
  /** Takes its power: it ends at once, in the middle of whatever it does. */
  kill(): Promise<void>;
}

/** Starts a virtual board. */
export function startVirtualProcess({ prompt, bootMs }: VirtualProcessOptions): VirtualProcess {
  const { pty, pid, status, signalGroup } = spawnOnPty("/bin/sh", {
    args: ["-c", BOARD_SCRIPT, "virtual-board", prompt, String(bootMs / 1000)],
    // Neither the exporter's secrets nor its language are the board's.
    env: { PATH: "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C", TERM: "dumb" },
  });
  return {
    pid,
    console: pty,
    status,
    async kill(): Promise<void> {
      signalGroup("SIGKILL");
      await status;
    },
  };
}
