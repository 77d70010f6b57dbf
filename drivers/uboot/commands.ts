import type { DriverCommands } from "@jumpstarter/core/client";
import type { UbootConsoleClient } from "./client.ts";

/** What `j` knows of U-Boot: its children's commands are what people use. */
export const ubootCommands: DriverCommands<UbootConsoleClient> = {
  summary: "U-Boot's console",
  derive: false,
  commands: [],
};
