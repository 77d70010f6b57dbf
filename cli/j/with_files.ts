import type { JsonObject } from "@bufbuild/protobuf";
import { type CommandCall, type DriverNode, presignedHandle } from "@jumpstarter/core/client";
import type { MethodPlan } from "@jumpstarter/core/driver";

/** Fields of this name are written by the driver; the others are read by it. The descriptor does not say. */
const WRITTEN = /^(target|sink|dst|dest|destination|output)/;

/**
 * Puts handles in place of the files that a request names, for as long as `use` runs. URLs are left to the exporter.
 *
 * @param values the request's fields by name; those with `resource_handle` hold a path or a URL
 */
export function withFiles(
  node: DriverNode,
  plan: MethodPlan,
  values: JsonObject,
  call: CommandCall,
  use: (values: JsonObject) => Promise<void>,
): Promise<void> {
  const field = plan.resources.find(({ name }) => typeof values[name] === "string");
  if (field === undefined) return use(values);
  const path = values[field.name] as string;
  const rest = (handle: string): Promise<void> => {
    const others = plan.resources.filter((other) => other !== field);
    const filled = { ...values, [field.name]: handle };
    return withFiles(node, { ...plan, resources: others }, filled, call, use);
  };
  const written = WRITTEN.test(field.name);
  if (/^https?:\/\//.test(path)) {
    return rest(presignedHandle({ url: path, method: written ? "PUT" : "GET" }));
  }
  return written ? download(node, path, call, rest) : upload(node, path, call, rest);
}

async function upload(
  node: DriverNode,
  path: string,
  { signal, terminal }: CommandCall,
  use: (handle: string) => Promise<void>,
): Promise<void> {
  const file = await Deno.open(path);
  const { size } = await file.stat();
  using bar = terminal.progress(path, size);
  const onProgress = ({ bytes }: { bytes: number }): void => bar.update(bytes);
  await node.withUpload(file.readable, use, { signal, size, onProgress });
}

async function download(
  node: DriverNode,
  path: string,
  { signal, terminal }: CommandCall,
  use: (handle: string) => Promise<void>,
): Promise<void> {
  // Beside its place until it is whole: what was there is not lost to a transfer that fails.
  const part = `${path}.${crypto.randomUUID().slice(0, 8)}.part`;
  const file = await Deno.open(part, { createNew: true, write: true });
  using bar = terminal.progress(path);
  const onProgress = ({ bytes }: { bytes: number }): void => bar.update(bytes);
  try {
    await node.withDownload(file.writable, use, { signal, onProgress });
    await Deno.rename(part, path);
  } catch (error) {
    await Deno.remove(part).catch(() => {});
    throw error;
  }
}
