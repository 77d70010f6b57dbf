import { createCipheriv, createDecipheriv } from "node:crypto";
import type { EventEmitter } from "node:events";
import type { Duplex, Readable } from "node:stream";
import ssh2 from "ssh2";

/** What is used of npm `ssh2`; its published types bring those of another node with them. */
export interface SshClient extends EventEmitter {
  connect(options: {
    sock: Duplex;
    username: string;
    password?: string;
    privateKey?: Uint8Array;
    passphrase?: string;
    agent?: string;
    agentForward?: boolean;
    readyTimeout: number;
    algorithms: SshAlgorithms;
    hostHash?: "sha256";
    hostVerifier?: (digest: string) => boolean;
  }): void;
  exec(
    command: string,
    options: { env?: Record<string, string> },
    done: (error: Error | undefined, channel: SshChannel) => void,
  ): void;
  shell(
    window: { term: string; cols: number; rows: number },
    done: (error: Error | undefined, channel: SshChannel) => void,
  ): void;
  sftp(done: (error: Error | undefined, sftp: Sftp) => void): void;
  end(): void;
  destroy(): void;
}

/** Which algorithms to offer, besides or instead of those that `ssh2` chooses. */
export interface SshAlgorithms {
  readonly cipher?: readonly string[];
}

/** One command's, or one shell's, channel. */
export interface SshChannel extends Duplex {
  readonly stderr: Readable;
  signal(name: string): void;
  setWindow(rows: number, columns: number, height: number, width: number): void;
}

/** File transfers. */
export interface Sftp {
  fastPut(localPath: string, remotePath: string, done: (error?: Error | null) => void): void;
  open(path: string, mode: "r", done: (error: Error | undefined, handle: Uint8Array) => void): void;
  read(
    handle: Uint8Array,
    into: Uint8Array,
    offset: number,
    length: number,
    position: number,
    done: (error: Error | undefined, count: number) => void,
  ): void;
  close(handle: Uint8Array, done: () => void): void;
}

/** Makes a client. */
export function newSshClient(): SshClient {
  return new (ssh2 as unknown as { Client: new () => SshClient }).Client();
}

/** `ssh2`'s own choice; without AES-GCM in Deno 2.6, which fails with it in the middle of a login. */
export function usableAlgorithms(): SshAlgorithms {
  const key = new Uint8Array(16);
  const nonce = new Uint8Array(12);
  const cipher = createCipheriv("aes-128-gcm", key, nonce);
  cipher.final();
  const decipher = createDecipheriv("aes-128-gcm", key, nonce);
  decipher.setAuthTag(cipher.getAuthTag());
  decipher.setAutoPadding(false);
  try {
    decipher.final();
    return {};
  } catch {
    return { cipher: ["aes128-ctr", "aes192-ctr", "aes256-ctr"] };
  }
}

/** What keeps a cipher of node's in `ssh2`. */
interface HiddenCiphers {
  _protocol?: {
    _cipher?: { _cipherInstance?: { final(): unknown } };
    _decipher?: { _decipherInstance?: { final(): unknown } };
  };
}

/** Frees the ciphers of a client that was closed: Deno 2.6 keeps them until they are told of their end, which `ssh2` never does. */
export function freeCiphers(client: SshClient): void {
  const { _cipher, _decipher } = (client as unknown as HiddenCiphers)._protocol ?? {};
  for (const cipher of [_cipher?._cipherInstance, _decipher?._decipherInstance]) {
    try {
      cipher?.final();
    } catch {
      // One for each packet, and free already.
    }
  }
}
