import type { Command } from "commander";
import type {
  Device,
  DriverClientType,
  DriverCommand,
  DriverCommands,
  DriverNode,
} from "@jumpstarter/core/client";
import { clientClasses } from "@jumpstarter/drivers/registry";
import { addDriverCommand, type CommandScope } from "./driver_command.ts";

/** What is known of a driver's commands before they are added. */
interface Source {
  readonly Client: DriverClientType<unknown> | undefined;
  readonly written: DriverCommands | undefined;
}

/**
 * Adds the commands of a driver: those that it brings, those that its device has, and one for each method besides.
 *
 * @param wanted the only command that will run, if that is known: then only as much is loaded as that needs
 * @returns whether its kind is known: else there are no commands but its children's
 */
export async function addNodeCommands(
  parent: Command,
  device: Device,
  node: DriverNode,
  wanted: string | undefined,
  scope: CommandScope,
): Promise<boolean> {
  const { Client, written } = await sourceOf(node);
  const client = memo(() => Client === undefined ? undefined : new Client(node));
  // A name of both is the child's: its commands have no other way.
  const names = new Set<string>(node.children.keys());
  const add = (
    commands: readonly DriverCommand[],
    subject: () => unknown,
    hidden = false,
  ): void => {
    for (const command of commands) {
      if (names.has(command.name)) continue;
      names.add(command.name);
      addDriverCommand(parent, described(command, node), subject, scope, hidden);
    }
  };
  if (written !== undefined) {
    if (parent.description() === "") parent.description(written.summary);
    if (written.dynamic !== undefined) add(await written.dynamic(client()), client);
    add(written.commands, client);
  }
  if (wanted !== undefined && names.has(wanted)) return true;
  const hidden = written?.derive === false;
  if (!hidden || wanted !== undefined) {
    add(await derived(device, node, Client), () => node, hidden);
  }
  return written !== undefined || names.size > node.children.size;
}

/** What the exporter's file says of a command goes before. */
function described(command: DriverCommand, node: DriverNode): DriverCommand {
  const { name } = command;
  const text = node.methodsDescription[name] ?? node.methodsDescription[name.replaceAll("-", "_")];
  return text === undefined ? command : { ...command, summary: text };
}

async function sourceOf({ clientClass }: DriverNode): Promise<Source> {
  const entry = Object.hasOwn(clientClasses, clientClass) ? clientClasses[clientClass] : undefined;
  const [Client, written] = await Promise.all([entry?.client(), entry?.commands?.()]);
  return { Client, written };
}

async function derived(
  device: Device,
  node: DriverNode,
  Client: DriverClientType<unknown> | undefined,
): Promise<DriverCommand[]> {
  if (node.interfaces.length === 0 && Client?.interfaces === undefined) return [];
  const [{ interfacesOf }, { derivedCommands }, { comments }] = await Promise.all([
    import("./interfaces.ts"),
    import("./derived_commands.ts"),
    import("@jumpstarter/proto/comments"),
  ]);
  const services = await interfacesOf(device, node, Client);
  return services.flatMap((service) => derivedCommands(service, comments));
}

function memo<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
