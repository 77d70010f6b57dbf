import type { JsonValue } from "@bufbuild/protobuf";
import type { DriverNode } from "@jumpstarter/core/client";

/** The tree of drivers for a person: names, and what they are for. */
export function deviceTreeText(root: DriverNode): string {
  const lines: [name: string, text: string][] = [];
  const walk = (node: DriverNode, indent: string): void => {
    const children = [...node.children.values()];
    for (const [at, child] of children.entries()) {
      const last = at === children.length - 1;
      lines.push([`${indent}${last ? "└─" : "├─"} ${child.name}`, about(child)]);
      walk(child, `${indent}${last ? "   " : "│  "}`);
    }
  };
  walk(root, "");
  const width = Math.max(0, ...lines.map(([name]) => name.length));
  const head = root.description ?? (root.children.size > 0 ? "drivers" : about(root));
  const body = lines.map(([name, text]) => `${name.padEnd(width)}  ${text}`.trimEnd());
  return [head, ...body].join("\n");
}

/** The same as data. */
export function deviceTreeData(node: DriverNode): JsonValue {
  return {
    name: node.name,
    path: node.path,
    uuid: node.uuid,
    client: node.clientClass,
    description: node.description ?? null,
    interfaces: [...node.interfaces],
    children: [...node.children.values()].map(deviceTreeData),
  };
}

/** What a driver is for; without a description the name of its client's class. */
export function about(node: DriverNode): string {
  if (node.description !== undefined) return node.description;
  const name = node.clientClass.split(".").at(-1)!;
  return name === "CompositeClient" ? "" : `(${name.replace(/Client$/, "")})`;
}
