/**
 * Certificates for tests, made on the spot: no tool, no file, nothing that runs out in five years.
 * X.509 v3 (RFC 5280) with ECDSA over P-256.
 */
import {
  derBits,
  derFlags,
  derInteger,
  derOctets,
  derOid,
  derSequence,
  derSet,
  derText,
  derTime,
  derTrue,
  derValue,
} from "./der.ts";

/** A certificate with its private key, both as PEM. */
export interface Certificate {
  /** The certificate. */
  readonly cert: string;
  /** Its private key, PKCS #8. */
  readonly key: string;
}

/** What a certificate says. */
export interface CertificateOptions {
  /** Common name of the subject. */
  name: string;
  /** DNS names it is good for; `localhost` if absent. */
  dnsNames?: readonly string[];
  /** IPv4 addresses it is good for; 127.0.0.1 if absent. */
  addresses?: readonly string[];
  /** Whether it says CA:TRUE, as what `openssl req -x509` makes does. */
  ca?: boolean;
  /** From when it is good; a day ago if absent. */
  notBefore?: Date;
  /** Until when it is good; in a year if absent. */
  notAfter?: Date;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const KEY_ALGORITHM = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" } as const;
/** ecdsa-with-SHA256, RFC 5758 §3.2. */
const SIGNATURE_ALGORITHM = derSequence(derOid("1.2.840.10045.4.3.2"));
// keyUsage bits of RFC 5280 §4.2.1.3.
const DIGITAL_SIGNATURE = 0x80;
const KEY_CERT_SIGN = 0x04;
const CRL_SIGN = 0x02;

/** A certificate authority, or a certificate that signed itself: what others are checked against. */
export class Authority implements Certificate {
  readonly cert: string;
  readonly key: string;
  readonly #subject: Uint8Array;
  readonly #keys: CryptoKeyPair;

  private constructor(made: Certificate, subject: Uint8Array, keys: CryptoKeyPair) {
    this.cert = made.cert;
    this.key = made.key;
    this.#subject = subject;
    this.#keys = keys;
  }

  /** Makes one that signs itself, a CA unless `ca: false`. */
  static async create(options: CertificateOptions = { name: "Test CA" }): Promise<Authority> {
    const keys = await makeKeys();
    const subject = distinguishedName(options.name);
    const made = await sign({ ca: true, ...options }, keys, subject, keys);
    return new Authority(made, subject, keys);
  }

  /** Makes a certificate for a server or a client (it is good for both). */
  async issue(options: CertificateOptions): Promise<Certificate> {
    return await sign(options, await makeKeys(), this.#subject, this.#keys);
  }
}

/** What a TLS test takes: an authority, one certificate of it for the server and one for the client. */
export interface TestCertificates {
  /** Signed both others. */
  readonly ca: Authority;
  /** For `localhost` and 127.0.0.1. */
  readonly server: Certificate;
  /** For a client named `test client`. */
  readonly client: Certificate;
}

/** Makes {@linkcode TestCertificates}. */
export async function makeCertificates(): Promise<TestCertificates> {
  const ca = await Authority.create();
  const server = await ca.issue({ name: "localhost" });
  const client = await ca.issue({ name: "test client" });
  return { ca, server, client };
}

async function makeKeys(): Promise<CryptoKeyPair> {
  return await crypto.subtle.generateKey(KEY_ALGORITHM, true, ["sign", "verify"]);
}

async function sign(
  options: CertificateOptions,
  keys: CryptoKeyPair,
  issuer: Uint8Array,
  issuerKeys: CryptoKeyPair,
): Promise<Certificate> {
  const now = Date.now();
  const serial = crypto.getRandomValues(new Uint8Array(16));
  serial[0] = (serial[0] & 0x7f) | 0x40;
  const body = derSequence(
    derValue(0xa0, derInteger(Uint8Array.of(2))), // version 3
    derInteger(serial),
    SIGNATURE_ALGORITHM,
    issuer,
    derSequence(
      derTime(options.notBefore ?? new Date(now - DAY_MS)),
      derTime(options.notAfter ?? new Date(now + 365 * DAY_MS)),
    ),
    distinguishedName(options.name),
    await publicKeyInfo(keys),
    derValue(0xa3, derSequence(...await extensions(options, keys, issuerKeys))),
  );
  const signature = new Uint8Array(
    await crypto.subtle.sign(SIGNATURE, issuerKeys.privateKey, body),
  );
  // WebCrypto gives r and s side by side, X.509 wants a sequence of two integers.
  const { length } = signature;
  const pair = derSequence(
    derInteger(signature.subarray(0, length / 2)),
    derInteger(signature.subarray(length / 2)),
  );
  const privateKey = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    cert: pem("CERTIFICATE", derSequence(body, SIGNATURE_ALGORITHM, derBits(pair))),
    key: pem("PRIVATE KEY", new Uint8Array(privateKey)),
  };
}

/** The extensions of RFC 5280 §4.2.1 that TLS libraries look at. */
async function extensions(
  options: CertificateOptions,
  keys: CryptoKeyPair,
  issuerKeys: CryptoKeyPair,
): Promise<Uint8Array[]> {
  const ca = options.ca ?? false;
  const usage = ca ? DIGITAL_SIGNATURE | KEY_CERT_SIGN | CRL_SIGN : DIGITAL_SIGNATURE;
  const names = (options.dnsNames ?? ["localhost"]).map((name) =>
    derValue(0x82, new TextEncoder().encode(name))
  );
  const addresses = (options.addresses ?? ["127.0.0.1"]).map((address) =>
    derValue(0x87, Uint8Array.from(address.split("."), Number))
  );
  const critical = [derTrue()];
  const extension = (id: string, content: Uint8Array, flags: Uint8Array[] = []) =>
    derSequence(derOid(id), ...flags, derOctets(content));
  return [
    extension("2.5.29.19", ca ? derSequence(derTrue()) : derSequence(), critical), // basicConstraints
    extension("2.5.29.15", derFlags(usage), critical), // keyUsage
    extension( // extKeyUsage: serverAuth, clientAuth
      "2.5.29.37",
      derSequence(derOid("1.3.6.1.5.5.7.3.1"), derOid("1.3.6.1.5.5.7.3.2")),
    ),
    extension("2.5.29.17", derSequence(...names, ...addresses)), // subjectAltName
    extension("2.5.29.14", derOctets(await keyId(keys))), // subjectKeyIdentifier
    extension("2.5.29.35", derSequence(derValue(0x80, await keyId(issuerKeys)))), // authorityKeyIdentifier
  ];
}

async function publicKeyInfo(keys: CryptoKeyPair): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey));
}

/** 160 bits of the hash of the public key, RFC 7093 §2. */
async function keyId(keys: CryptoKeyPair): Promise<Uint8Array> {
  const hash = await crypto.subtle.digest("SHA-256", await publicKeyInfo(keys));
  return new Uint8Array(hash).subarray(0, 20);
}

function distinguishedName(commonName: string): Uint8Array {
  return derSequence(derSet(derSequence(derOid("2.5.4.3"), derText(commonName))));
}

function pem(label: string, der: Uint8Array): string {
  const base64 = btoa(String.fromCharCode(...der));
  const lines = base64.match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
