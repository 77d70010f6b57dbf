import { createRegistry, type DescFile, type MutableRegistry } from "@bufbuild/protobuf";

/** Adds all types of a file, and of the files it imports, to a registry; files in `known` are left out, and join it. */
export function addFileTypes(
  registry: MutableRegistry,
  file: DescFile,
  known: Set<DescFile>,
): void {
  if (known.has(file)) return;
  known.add(file);
  for (const type of createRegistry(file)) registry.add(type);
  for (const dependency of file.dependencies) addFileTypes(registry, dependency, known);
}
