/**
 * Writes what the descriptors of drivers' interfaces leave out: the comments of the `.proto` files, which are the help of
 * `j`, and which module has which package.
 */
import { fromBinary } from "@bufbuild/protobuf";
import {
  type FileDescriptorProto,
  type FileDescriptorSet,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { runBuf } from "./buf.ts";

/** Packages of drivers' interfaces. */
const INTERFACES = /^jumpstarter\.driver\./;

/** Numbers of the fields in `descriptor.proto` that paths of comments are made of. */
const MESSAGE = 4;
const ENUM = 5;
const SERVICE = 6;
const MEMBER = 2; // DescriptorProto.field, EnumDescriptorProto.value, ServiceDescriptorProto.method
const NESTED = 3;

const HEAD = "// Written by deno task gen. Do not edit.\n// deno-fmt-ignore-file\n\n";

/** The files under `proto/gen` that this makes, by name. */
export async function interfaceFiles(): Promise<Map<string, string>> {
  const set = await readDescriptors();
  const files = set.file.filter((file) => INTERFACES.test(file.package));
  return new Map([["comments.ts", commentsModule(files)], [
    "interfaces.ts",
    packagesModule(files),
  ]]);
}

async function readDescriptors(): Promise<FileDescriptorSet> {
  const folder = await Deno.makeTempDir({ prefix: "jmp-image-" });
  try {
    const { code, output } = await runBuf(["build", "-o", `${folder}/image.binpb`]);
    if (code !== 0) throw new Error(`Cannot read comments: buf says:\n${output}`);
    return fromBinary(FileDescriptorSetSchema, await Deno.readFile(`${folder}/image.binpb`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function commentsModule(files: readonly FileDescriptorProto[]): string {
  const comments = files.flatMap(fileComments).sort(([a], [b]) => a < b ? -1 : 1);
  const lines = comments.map(([name, text]) =>
    `  ${JSON.stringify(name)}: ${JSON.stringify(text)},`
  );
  return `${HEAD}/** The comments of drivers' interfaces, by full name of what they stand at. */\n` +
    `export const comments: Readonly<Record<string, string>> = {\n${lines.join("\n")}\n};\n`;
}

function packagesModule(files: readonly FileDescriptorProto[]): string {
  const withServices = files.filter((file) => file.service.length > 0);
  const packages = [...new Set(withServices.map((file) => file.package))].sort();
  const lines = packages.map((name) => {
    const path = `../${name.replaceAll(".", "/")}/mod.ts`;
    return `  ${JSON.stringify(name)}: () => import(${JSON.stringify(path)}),`;
  });
  return `${HEAD}/** Loads the module of a package with drivers' interfaces. */\n` +
    "export const interfacePackages: Readonly<Record<string, () => Promise<Record<string, unknown>>>> = {\n" +
    `${lines.join("\n")}\n};\n`;
}

/** Full names and comments of everything in a file that has one. */
function fileComments(file: FileDescriptorProto): [name: string, text: string][] {
  const found: [string, string][] = [];
  for (const { path, leadingComments } of file.sourceCodeInfo?.location ?? []) {
    const name = leadingComments === "" ? undefined : nameAt(file, path);
    if (name !== undefined) found.push([`${file.package}.${name}`, oneParagraph(leadingComments)]);
  }
  return found;
}

interface Named {
  readonly name: string;
}

/** What a path leads to, named from the package on. */
function nameAt(file: FileDescriptorProto, path: readonly number[]): string | undefined {
  const names: string[] = [];
  const roots: Record<number, readonly Named[]> = {
    [MESSAGE]: file.messageType,
    [ENUM]: file.enumType,
    [SERVICE]: file.service,
  };
  let lists = roots;
  for (let at = 0; at < path.length; at += 2) {
    const element = lists[path[at]]?.[path[at + 1]] as
      | (Named & { field?: Named[]; value?: Named[]; method?: Named[]; nestedType?: Named[] })
      | undefined;
    if (element === undefined) return undefined;
    names.push(element.name);
    lists = {
      [MEMBER]: element.field ?? element.value ?? element.method ?? [],
      [NESTED]: element.nestedType ?? [],
    };
  }
  return names.length === 0 ? undefined : names.join(".");
}

/** A comment as running text; its paragraphs are kept apart. */
function oneParagraph(comment: string): string {
  return comment.trim().split(/\n\s*\n/).map((part) => part.trim().replace(/\s*\n\s*/g, " "))
    .join("\n\n");
}
