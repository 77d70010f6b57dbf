import { type CommandArgument, type DriverCommands, UsageError } from "@jumpstarter/core/client";
import { dumpCommand, flashCommand } from "../flasher/mod.ts";
import type { QemuClient } from "./client.ts";
import { isOciUrl, type QemuFlasherClient } from "./flasher_client.ts";

const SIZE: CommandArgument = { name: "SIZE", summary: "such as 512M, 20G, 20GB (decimal)" };

/** What `j` knows of a virtual board, besides the commands of its children. */
export const qemuCommands: DriverCommands<QemuClient> = {
  summary: "Virtual board that QEMU runs",
  derive: false,
  commands: [
    {
      name: "resize",
      summary: "Resize the root disk or the memory, from the next power on",
      args: [
        { name: "WHAT", summary: "disk or memory", choices: ["disk", "memory"] },
        SIZE,
      ],
      async run(client, { args, signal, terminal }): Promise<void> {
        const [what, size] = args as string[];
        if (what === "disk") {
          await client.setDiskSize(size, { signal });
          return await terminal.print(`Disk will be resized to ${size} on next power on`);
        }
        if (what !== "memory") {
          throw new UsageError(
            `Cannot resize: expected disk or memory: current value is '${what}'`,
          );
        }
        await client.setMemorySize(size, { signal });
        await terminal.print(`Memory will be set to ${size} on next power on`);
      },
    },
    {
      name: "status",
      summary: "Show how the board is",
      async run(client, { signal, terminal }): Promise<void> {
        const status = await client.status({ signal });
        const value = JSON.parse(JSON.stringify(status)) as Record<string, string | number>;
        await terminal.data(
          value,
          (known) => Object.entries(known).map(([key, text]) => `${key}: ${text}`).join("\n"),
        );
      },
    },
  ],
};

/** What `j` knows of a virtual board's images. */
export const qemuFlasherCommands: DriverCommands<QemuFlasherClient> = {
  summary: "Images of a virtual board",
  derive: false,
  commands: [
    {
      ...flashCommand,
      summary: "Flash image to DUT; FILE may be oci://REGISTRY/REPOSITORY:TAG",
      async run(client, call): Promise<number | void> {
        const image = call.args[0];
        const targets = call.options.target as string[] | undefined ?? [];
        if (!isOciUrl(image) || targets.length > 0) return await flashCommand.run(client, call);
        const encoder = new TextEncoder();
        let written: Promise<void> = Promise.resolve();
        await client.flashOci(image, {
          signal: call.signal,
          onOutput(text, channel): void {
            const bytes = encoder.encode(text);
            const { terminal } = call;
            written = written.then(() =>
              channel === "stdout" ? terminal.write(bytes) : terminal.writeError(bytes)
            );
          },
        });
        await written;
      },
    },
    dumpCommand,
  ],
};
