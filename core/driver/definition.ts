import type { DescService } from "@bufbuild/protobuf";
import type { ZodType } from "zod";
import type { Logger } from "./log.ts";
import type { Awaitable, DriverMethods } from "./methods.ts";

/** What a driver is told when it is made. */
export interface DriverContext {
  /** The driver's identity for as long as the session lives: a UUID in lower case. */
  readonly uuid: string;
  /** Where it stands in the tree: `dut.power`; empty for the root. */
  readonly path: string;
  /** The driver's logger. */
  readonly log: Logger;
  /** Its children that are drivers, in the order of the file, each made before it. */
  readonly children: ReadonlyMap<string, DriverPart>;
  /** The names of all its children in the file, proxies too, which `children` lacks: they lead somewhere only later. */
  readonly childNames: readonly string[];
  /** Aborted when the session ends: whatever goes on by itself ends with it. */
  readonly signal: AbortSignal;
}

/** What every driver may have besides the methods of its interfaces. */
export interface DriverHooks {
  /** Called at the start of a session, children first: brings the device into its first state. */
  reset?(): Awaitable<void>;
  /** Children that the driver makes by itself; they follow those of the file. Read once, after `create`. */
  readonly parts?: Readonly<Record<string, DriverPart>>;
  /** Labels for the report besides those that the framework sets. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Help for commands, by the command's name; what the file says goes before. */
  readonly methodsDescription?: Readonly<Record<string, string>>;
  /** Called at the end of a session, children first. Given up on after 10 s. */
  [Symbol.asyncDispose]?(): Awaitable<void>;
}

/** Somebody's driver, as the framework sees it. */
export type DriverInstance = object & DriverHooks;

/** A driver that was made, with what it is. */
export interface DriverPart {
  /** What it is. */
  readonly definition: DriverDefinition;
  /** The driver itself. */
  readonly instance: DriverInstance;
  /** What it is for, for a person. */
  readonly description?: string;
}

/** What kind of device a driver is for, as exporters' logs name it. */
export type DriverCategory =
  | "automotive"
  | "composite"
  | "console"
  | "debug"
  | "network"
  | "other"
  | "power"
  | "serial"
  | "storage"
  | "video";

/** What a driver is. Make it with {@linkcode defineDriver}. */
export interface DriverDefinition {
  /** What exporter files say: upstream's class path, where upstream has such a driver. */
  readonly type: string;
  /** What reports say: the class path of upstream's client. */
  readonly client: string;
  /** What log records say. Default `other`. */
  readonly category?: DriverCategory;
  /** The services it implements. */
  readonly interfaces: readonly DescService[];
  /** The `config:` of exporter files. */
  readonly config: ZodType;
  /** Makes a driver. May open its device; an error says why the exporter does not start. */
  create(config: unknown, context: DriverContext): Awaitable<DriverInstance>;
}

/** The methods of several interfaces together. */
export type InterfacesMethods<I extends readonly DescService[]> = I extends readonly [
  infer First extends DescService,
  ...infer Rest extends readonly DescService[],
] ? DriverMethods<First> & InterfacesMethods<Rest>
  : unknown;

/** What {@linkcode defineDriver} takes: a {@linkcode DriverDefinition} with the types of its parts. */
export interface DriverOptions<C, I extends readonly DescService[]> {
  /** What exporter files say: upstream's class path, where upstream has such a driver. */
  type: string;
  /** What reports say: the class path of upstream's client. */
  client: string;
  /** What log records say. Default `other`. */
  category?: DriverCategory;
  /** The services it implements. */
  interfaces: I;
  /** The `config:` of exporter files. `z.strictObject({…})`, so that a key mistyped is an error. */
  config: ZodType<C>;
  /** Makes a driver from its configuration. */
  create(config: C, context: DriverContext): Awaitable<InterfacesMethods<I> & DriverHooks>;
}

/**
 * Says what a driver is. From this alone its methods can be called natively, by name and as streams.
 *
 * @example
 * ```ts
 * export const MockPower: DriverDefinition = defineDriver({
 *   type: "jumpstarter_driver_power.driver.MockPower",
 *   client: "jumpstarter_driver_power.client.PowerClient",
 *   category: "power",
 *   interfaces: [PowerInterface],
 *   config: z.strictObject({}),
 *   create: (_config, context) => new MockPowerDriver(context),
 * });
 * ```
 */
export function defineDriver<C, const I extends readonly DescService[]>(
  options: DriverOptions<C, I>,
): DriverDefinition {
  return options as unknown as DriverDefinition;
}
