/** Which of a machine's two message buses. */
export type DbusKind = "system" | "session";

/** Where a bus listens. */
export type DbusServer =
  | { readonly transport: "unix"; readonly path: string }
  | { readonly transport: "abstract"; readonly name: string }
  | { readonly transport: "tcp"; readonly host: string; readonly port: number };

/** The label of a driver's report that says which bus it is. */
export const DBUS_KIND_LABEL = "jumpstarter.dev/dbusnetwork/kind";

/** The variable that names a bus (D-Bus specification, "Well-known Message Bus Instances"). */
export const DBUS_VARIABLE: Readonly<Record<DbusKind, string>> = {
  system: "DBUS_SYSTEM_BUS_ADDRESS",
  session: "DBUS_SESSION_BUS_ADDRESS",
};

/** The address of this machine's bus: the variable's, or the usual one. */
export function localBusAddress(kind: DbusKind): string {
  const named = Deno.env.get(DBUS_VARIABLE[kind]);
  if (named !== undefined && named !== "") return named;
  if (kind === "system") return "unix:path=/run/dbus/system_bus_socket";
  return `unix:path=/run/user/${Deno.uid()}/bus`;
}

/**
 * Reads a list of server addresses (D-Bus specification, "Server Addresses"), as far as they can be connected to.
 *
 * @throws {SyntaxError} if none of them can
 */
export function parseDbusAddress(text: string): DbusServer[] {
  const servers: DbusServer[] = [];
  let problem = "it is empty";
  for (const entry of text.split(";").filter((entry) => entry !== "")) {
    const server = parseEntry(entry);
    if (typeof server === "string") problem = server;
    else servers.push(server);
  }
  if (servers.length > 0) return servers;
  throw new SyntaxError(`Cannot parse D-Bus address: ${problem}: current value is '${text}'`);
}

/** A server, or what is wrong with it. */
function parseEntry(entry: string): DbusServer | string {
  const colon = entry.indexOf(":");
  if (colon < 1) return "it has no transport";
  const keys = new Map<string, string>();
  for (const pair of entry.slice(colon + 1).split(",")) {
    const [key, value] = pair.split("=", 2);
    keys.set(key, unescape(value ?? ""));
  }
  switch (entry.slice(0, colon)) {
    case "unix": {
      const path = keys.get("path");
      if (path !== undefined) return { transport: "unix", path };
      const name = keys.get("abstract");
      return name === undefined
        ? "want path= or abstract= of unix"
        : { transport: "abstract", name };
    }
    case "tcp": {
      const host = keys.get("host");
      const port = Number(keys.get("port"));
      const valid = host !== undefined && Number.isInteger(port) && port > 0 && port < 65536;
      return valid ? { transport: "tcp", host, port } : "want host= and port= of tcp";
    }
    default:
      return "want transport unix or tcp";
  }
}

/** `%xx` is a byte. */
function unescape(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
