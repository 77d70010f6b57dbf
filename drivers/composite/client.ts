import { DriverClient, type DriverClientType, type DriverNode } from "@jumpstarter/core/client";
import { didYouMean } from "@jumpstarter/core/driver";

/**
 * A board of several devices.
 *
 * @example
 * ```ts
 * const board = device.get("dut", CompositeClient);
 * const power = board.get("power", PowerClient);
 * ```
 */
export class CompositeClient extends DriverClient {
  /** The drivers under this one, by name, in the exporter's order. */
  get children(): ReadonlyMap<string, DriverNode> {
    return this.node.children;
  }

  /**
   * The client of a driver under this one.
   *
   * @param path the names on the way there, dotted: `inner.power`
   * @throws {TypeError} if there is no such driver; the message names the nearest
   */
  get<C>(path: string, Client: DriverClientType<C>): C {
    let node = this.node;
    for (const name of path.split(".")) {
      const child = node.children.get(name);
      if (child === undefined) throw new TypeError(missing(node, name));
      node = child;
    }
    return new Client(node);
  }
}

function missing(node: DriverNode, name: string): string {
  const names = [...node.children.keys()];
  const where = node.path === "" ? "the root" : `'${node.path}'`;
  const hint = didYouMean(name, names) ?? `there are ${names.join(", ")}`;
  return `Cannot find driver: ${where} has no '${name}': ${hint}`;
}
