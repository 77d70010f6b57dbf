import type { ExporterConfig } from "../config/mod.ts";
import { type DriverRegistry, DriverTree } from "../driver/mod.ts";
import type { LogHub } from "./log_hub.ts";
import { Session, type SessionOptions } from "./session.ts";

/** What a session is made from. */
export interface OpenSessionOptions {
  /** The exporter's file. */
  config: ExporterConfig;
  /** Knows the drivers. */
  registry: DriverRegistry;
  /** The log that clients read. */
  logs: LogHub;
  /** Where modules of drivers beside the file are looked for. */
  baseFolder?: string;
  /** Answers `EndSession`. */
  onEndSession?: SessionOptions["onEndSession"];
}

/**
 * Makes the drivers of an exporter's file, brings their devices into their first state, and wraps them in a session.
 *
 * @throws {DriverConfigError} with all that is wrong in the drivers' configuration, before any of them is made
 */
export async function openSession(options: OpenSessionOptions): Promise<Session> {
  const { config, registry, logs, baseFolder, onEndSession } = options;
  const tree = await DriverTree.build({
    root: { kind: "composite", children: config.export },
    description: config.description,
    registry,
    sink: logs.publish,
    baseFolder,
    keys: ["export"],
  });
  const labels = { "jumpstarter.dev/name": config.metadata.name };
  const session = new Session({ tree, logs, labels, motd: config.motd, onEndSession });
  try {
    await tree.reset();
  } catch (error) {
    await session.close();
    throw error;
  }
  return session;
}
