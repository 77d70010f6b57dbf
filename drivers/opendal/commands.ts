import type {
  CommandArgument,
  CommandCall,
  CommandOption,
  DriverCommand,
  DriverCommands,
} from "@jumpstarter/core/client";
import type { JsonValue } from "@bufbuild/protobuf";
import { withBar } from "../flasher/mod.ts";
import type { OpendalClient } from "./client.ts";
import type { HashAlgorithm } from "./hash_file.ts";

type Command = DriverCommand<OpendalClient>;

const PATH: CommandArgument = { name: "PATH", summary: "a path on the storage" };
const SOURCE: CommandArgument = { name: "SOURCE", summary: "the file" };
const TARGET: CommandArgument = { name: "TARGET", summary: "its copy, or its new name" };

const EXPIRE: CommandOption = {
  flags: "--expire-second <seconds>",
  summary: "how long the request is good for",
  type: "integer",
  required: true,
};

const text = (call: CommandCall, at: number): string => call.args[at] as string;

/** JSON as upstream prints it. */
const json = (value: JsonValue): string => JSON.stringify(value, null, 2);

/** A command with a path that prints nothing. */
function onPath(
  name: string,
  summary: string,
  run: (client: OpendalClient, path: string, signal: AbortSignal) => Promise<void>,
): Command {
  return {
    name,
    summary,
    args: [PATH],
    run: (client, call) => run(client, text(call, 0), call.signal),
  };
}

const WRITE_BYTES: Command = {
  name: "write-bytes",
  summary: "Write standard input to a file",
  args: [PATH],
  async run(client, call): Promise<void> {
    await client.upload(text(call, 0), call.terminal.stdin, { signal: call.signal });
  },
};

const READ_BYTES: Command = {
  name: "read-bytes",
  summary: "Write a file to standard output",
  args: [PATH],
  async run(client, { args, signal, terminal }): Promise<void> {
    const output = new WritableStream<Uint8Array>({ write: (chunk) => terminal.write(chunk) });
    await client.download(args[0] as string, output, { signal });
  },
};

const WRITE_FROM_PATH: Command = {
  name: "write-from-path",
  summary: "Upload a local file, or what an http(s) URL names",
  args: [
    { name: "DST", summary: "a path on the storage" },
    { name: "SRC", summary: "a local path, or an http(s) URL that the exporter fetches" },
  ],
  options: [{
    flags: "--skip-same",
    summary: "leave a file alone that has the same SHA-256 on the storage",
  }],
  async run(client, call): Promise<void> {
    const [dst, src] = call.args as string[];
    await withBar(`write ${dst}`, call, async ({ onProgress, signal }) => {
      const skipSame = call.options.skipSame === true;
      if (await client.upload(dst, src, { onProgress, signal, skipSame })) return;
      call.terminal.note(`${dst} is the same already`);
    });
  },
};

const READ_INTO_PATH: Command = {
  name: "read-into-path",
  summary: "Download a file",
  args: [
    { name: "SRC", summary: "a path on the storage" },
    { name: "DST", summary: "a local path, or an http(s) URL that the exporter uploads to" },
  ],
  async run(client, call): Promise<void> {
    const [src, dst] = call.args as string[];
    await withBar(
      `read ${src}`,
      call,
      ({ onProgress, signal }) => client.download(src, dst, { onProgress, signal }),
    );
  },
};

const STAT: Command = {
  name: "stat",
  summary: "Show what is known of a file or directory",
  args: [PATH],
  async run(client, call): Promise<void> {
    const info = await client.stat(text(call, 0), { signal: call.signal });
    await call.terminal.data({
      content_disposition: info.contentDisposition ?? null,
      content_length: info.size,
      content_md5: info.contentMd5 ?? null,
      content_type: info.contentType ?? null,
      etag: info.etag ?? null,
      mode: { is_file: info.isFile, is_dir: info.isDirectory },
    }, json);
  },
};

const HASH: Command = {
  name: "hash",
  summary: "Show the digest of a file",
  args: [PATH],
  options: [{
    flags: "--algo <algorithm>",
    summary: "the digest's algorithm",
    choices: ["md5", "sha256"],
    default: "sha256",
  }],
  async run(client, call): Promise<void> {
    const algorithm = call.options.algo as HashAlgorithm;
    const digest = await client.hash(text(call, 0), algorithm, { signal: call.signal });
    await call.terminal.data(digest, String);
  },
};

const EXISTS: Command = {
  name: "exists",
  summary: "Succeed if there is a file or directory",
  args: [PATH],
  async run(client, { args, signal, terminal }): Promise<number> {
    const path = args[0] as string;
    if (await client.exists(path, { signal })) return 0;
    terminal.note(`path ${path} does not exist`);
    return 1;
  },
};

const COPY: Command = {
  name: "copy",
  summary: "Copy a file",
  args: [SOURCE, TARGET],
  run: (client, call) => client.copy(text(call, 0), text(call, 1), { signal: call.signal }),
};

const RENAME: Command = {
  name: "rename",
  summary: "Rename a file",
  args: [SOURCE, TARGET],
  run: (client, call) => client.rename(text(call, 0), text(call, 1), { signal: call.signal }),
};

function listing(name: "list" | "scan", summary: string): Command {
  return {
    name,
    summary,
    args: [PATH],
    async run(client, { args, signal, terminal, options }): Promise<void> {
      const paths = client[name](args[0] as string, { signal });
      if (options.output !== undefined) {
        await terminal.data(await Array.fromAsync(paths), (all) => all.join("\n"));
      } else for await (const path of paths) await terminal.print(path);
    },
  };
}

function presigning(kind: "Stat" | "Read" | "Write", summary: string): Command {
  return {
    name: `presign-${kind.toLowerCase()}`,
    summary,
    args: [PATH],
    options: [EXPIRE],
    async run(client, call): Promise<void> {
      const seconds = call.options.expireSecond as number;
      const method = `presign${kind}` as const;
      const { url, headers, method: verb } = await client[method](text(call, 0), seconds, {
        signal: call.signal,
      });
      await call.terminal.data({ url, method: verb, headers: { ...headers } }, json);
    },
  };
}

const CAPABILITY: Command = {
  name: "capability",
  summary: "Show what the storage can do",
  async run(client, { signal, terminal }): Promise<void> {
    const capability = await client.capability({ signal });
    const fields: Record<string, JsonValue> = {};
    for (const { localName, name } of (await capabilityFields())) {
      const value = capability[localName as keyof typeof capability] as unknown;
      fields[name] = typeof value === "bigint" ? Number(value) : value as boolean ?? null;
    }
    await terminal.data(fields, json);
  },
};

async function capabilityFields(): Promise<readonly { localName: string; name: string }[]> {
  const { StorageCapabilitySchema } = await import("@jumpstarter/proto/driver/storage/v1");
  return StorageCapabilitySchema.fields;
}

/** What `j` knows of a storage: upstream's 18 commands, which upstream itself forgets to register. */
export const opendalCommands: DriverCommands<OpendalClient> = {
  summary: "Opendal Storage",
  commands: [
    WRITE_BYTES,
    READ_BYTES,
    WRITE_FROM_PATH,
    READ_INTO_PATH,
    STAT,
    HASH,
    COPY,
    RENAME,
    onPath(
      "remove-all",
      "Remove a file, or a directory with all in it",
      (client, path, signal) => client.removeAll(path, { signal }),
    ),
    onPath(
      "create-dir",
      "Make a directory; its path ends with a slash",
      (client, path, signal) => client.createDir(path, { signal }),
    ),
    onPath(
      "delete",
      "Remove a file or an empty directory",
      (client, path, signal) => client.delete(path, { signal }),
    ),
    EXISTS,
    listing("list", "List a directory"),
    listing("scan", "List a directory with all that is in it"),
    presigning("Stat", "Make a request that anybody may stat a file with"),
    presigning("Read", "Make a request that anybody may read a file with"),
    presigning("Write", "Make a request that anybody may write a file with"),
    CAPABILITY,
  ],
};
