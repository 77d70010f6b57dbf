import { normalisePath } from "./path.ts";
import { S3Client, type S3Credentials } from "./s3_client.ts";
import { S3Storage } from "./s3_storage.ts";
import { type Storage, StorageError } from "./storage.ts";

/** Options of exporter files that say what written objects are like, and the header fields that say so. */
const OBJECT_HEADERS: Readonly<Record<string, string>> = {
  default_storage_class: "x-amz-storage-class",
  server_side_encryption: "x-amz-server-side-encryption",
  server_side_encryption_aws_kms_key_id: "x-amz-server-side-encryption-aws-kms-key-id",
};

/**
 * Opens a bucket with the options of exporter files, OpenDAL's names. What they leave out comes from the environment, as
 * for other tools of AWS (`AWS_REGION`, `AWS_ENDPOINT_URL`, `AWS_ACCESS_KEY_ID` …), unless `disable_config_load` is set.
 *
 * @throws {StorageError} ConfigInvalid if something is missing
 */
export function openS3(options: Readonly<Record<string, string>>): Storage {
  const loads = !isTrue(options.disable_config_load);
  const env = (name: string): string | undefined => loads ? Deno.env.get(name) : undefined;
  const region = options.region ?? env("AWS_REGION") ?? env("AWS_DEFAULT_REGION");
  const endpoint = options.endpoint ?? env("AWS_ENDPOINT_URL_S3") ?? env("AWS_ENDPOINT_URL");
  if (endpoint === undefined && region === undefined) {
    throw new StorageError("ConfigInvalid", "Cannot open storage: s3 needs region or endpoint");
  }
  const server = endpoint ?? `https://s3.${region}.amazonaws.com`;
  const url = server.includes("://") ? server : `https://${server}`;
  if (!URL.canParse(url)) {
    throw new StorageError(
      "ConfigInvalid",
      `Cannot open storage: endpoint must be a URL: current value is '${server}'`,
    );
  }
  const client = new S3Client({
    bucket: options.bucket,
    endpoint: url,
    // What servers other than Amazon's take; theirs is always named.
    region: region ?? "us-east-1",
    credentials: credentialsOf(options, env),
    virtualHost: isTrue(options.enable_virtual_host_style),
  });
  const headers: Record<string, string> = {};
  for (const [option, header] of Object.entries(OBJECT_HEADERS)) {
    if (options[option] !== undefined) headers[header] = options[option];
  }
  return new S3Storage(client, normalisePath(`${options.root ?? ""}/`), headers);
}

function credentialsOf(
  options: Readonly<Record<string, string>>,
  env: (name: string) => string | undefined,
): S3Credentials | undefined {
  const accessKeyId = options.access_key_id ?? env("AWS_ACCESS_KEY_ID");
  const secretAccessKey = options.secret_access_key ?? env("AWS_SECRET_ACCESS_KEY");
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    const sessionToken = options.session_token ?? env("AWS_SESSION_TOKEN");
    return { accessKeyId, secretAccessKey, sessionToken };
  }
  if (isTrue(options.allow_anonymous)) return undefined;
  throw new StorageError(
    "ConfigInvalid",
    "Cannot open storage: s3 needs access_key_id and secret_access_key, or allow_anonymous",
  );
}

const isTrue = (text: string | undefined): boolean => /^(true|1|on|yes)$/i.test(text ?? "");
