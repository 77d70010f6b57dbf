import type { DescService } from "@bufbuild/protobuf";
import type { Device, DriverClientType, DriverNode } from "@jumpstarter/core/client";
import { interfacePackages } from "@jumpstarter/proto/interfaces";

/**
 * The descriptors of a driver's interfaces: those that come with this program, the others by the exporter's reflection.
 *
 * @param Client the class of the driver's client, where that is known: upstream's exporters name no interfaces
 */
export async function interfacesOf(
  device: Device,
  node: DriverNode,
  Client: DriverClientType<unknown> | undefined,
): Promise<DescService[]> {
  if (node.interfaces.length === 0) return [...Client?.interfaces ?? []];
  const found: DescService[] = [];
  const unknown: string[] = [];
  for (const name of node.interfaces) {
    const service = await bundled(name);
    if (service === undefined) unknown.push(name);
    else found.push(service);
  }
  if (unknown.length === 0) return found;
  return [...found, ...await device.describe(unknown)];
}

async function bundled(name: string): Promise<DescService | undefined> {
  const load = interfacePackages[name.slice(0, name.lastIndexOf("."))];
  if (load === undefined) return undefined;
  return Object.values(await load()).find((value) => isService(value) && value.typeName === name) as
    | DescService
    | undefined;
}

function isService(value: unknown): value is DescService {
  return (value as DescService | undefined)?.kind === "service";
}
