import {
  type DescEnum,
  type DescExtension,
  type DescFile,
  type DescMessage,
  type DescService,
  toBinary,
} from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

/** Finds the files that describe services, by file name, symbol and extension. */
export class DescriptorIndex {
  /** Full names of the services. */
  readonly serviceNames: string[];
  readonly #files = new Map<string, DescFile>();
  readonly #symbols = new Map<string, DescFile>();
  /** Extended message → field number → the file with the extension. */
  readonly #extensions = new Map<string, Map<number, DescFile>>();

  /** Indexes the files of `services` and all that they import. */
  constructor(services: readonly DescService[]) {
    this.serviceNames = services.map((service) => service.typeName).sort();
    for (const service of services) this.#addFile(service.file);
  }

  /** The file of a name, as imports write it. */
  file(name: string): DescFile | undefined {
    return this.#files.get(name);
  }

  /** The file that defines a message, field, enum, value, service, method or extension, by full name. */
  fileOfSymbol(symbol: string): DescFile | undefined {
    return this.#symbols.get(symbol.startsWith(".") ? symbol.slice(1) : symbol);
  }

  /** The file that extends a message with a field number. */
  fileOfExtension(message: string, number: number): DescFile | undefined {
    return this.#extensions.get(message)?.get(number);
  }

  /** The numbers with which a message is extended; `undefined` for an unknown message. */
  extensionNumbers(message: string): number[] | undefined {
    const known = this.#extensions.get(message);
    if (known !== undefined) return [...known.keys()].sort((a, b) => a - b);
    return this.#symbols.has(message) ? [] : undefined;
  }

  #addFile(file: DescFile): void {
    const name = fileName(file);
    if (this.#files.has(name)) return;
    this.#files.set(name, file);
    for (const service of file.services) {
      this.#symbols.set(service.typeName, file);
      for (const { name } of service.methods) {
        this.#symbols.set(`${service.typeName}.${name}`, file);
      }
    }
    for (const message of file.messages) this.#addMessage(message);
    for (const desc of file.enums) this.#addEnum(desc);
    for (const extension of file.extensions) this.#addExtension(extension);
    for (const dependency of file.dependencies) this.#addFile(dependency);
  }

  #addMessage(message: DescMessage): void {
    const { file, typeName } = message;
    this.#symbols.set(typeName, file);
    for (const { name } of message.fields) this.#symbols.set(`${typeName}.${name}`, file);
    for (const { name } of message.oneofs) this.#symbols.set(`${typeName}.${name}`, file);
    for (const nested of message.nestedMessages) this.#addMessage(nested);
    for (const nested of message.nestedEnums) this.#addEnum(nested);
    for (const nested of message.nestedExtensions) this.#addExtension(nested);
  }

  #addEnum({ file, typeName, values }: DescEnum): void {
    this.#symbols.set(typeName, file);
    // Values are named in the scope around the enum, as in C++.
    const scope = typeName.slice(0, typeName.lastIndexOf(".") + 1);
    for (const { name } of values) this.#symbols.set(scope + name, file);
  }

  #addExtension({ file, typeName, extendee, number }: DescExtension): void {
    this.#symbols.set(typeName, file);
    let numbers = this.#extensions.get(extendee.typeName);
    if (numbers === undefined) this.#extensions.set(extendee.typeName, numbers = new Map());
    numbers.set(number, file);
  }
}

/** A file's name as imports write it. */
export function fileName(file: DescFile): string {
  return file.proto.name;
}

/** The serialized FileDescriptorProtos of a file and of all it imports, but for those in `sent`, which grows. */
export function encodeFiles(file: DescFile, sent: Set<string>): Uint8Array[] {
  if (sent.has(fileName(file))) return [];
  sent.add(fileName(file));
  return [
    toBinary(FileDescriptorProtoSchema, file.proto),
    ...file.dependencies.flatMap((dependency) => encodeFiles(dependency, sent)),
  ];
}
