import {
  type CommandCall,
  type DriverCommand,
  type DriverCommands,
  UsageError,
} from "@jumpstarter/core/client";
import type { ShellClient } from "./client.ts";

/** One command for each script. */
export const shellCommands: DriverCommands<ShellClient> = {
  summary: "Shell command executor",
  commands: [],
  derive: false,
  async dynamic(client): Promise<DriverCommand<ShellClient>[]> {
    const described = client.node.methodsDescription;
    return (await client.methods()).map((name) => ({
      name,
      summary: described[name] ?? `Execute the ${name} shell method`,
      args: [{ name: "args", summary: "Arguments of the script", required: false, variadic: true }],
      options: [{
        flags: "-e, --env <KEY=VALUE>",
        summary: "Environment variable of the script",
        repeatable: true,
      }],
      passThrough: true,
      run: (client, call) => runMethod(client, name, call),
    }));
  },
};

async function runMethod(client: ShellClient, name: string, call: CommandCall): Promise<number> {
  const { terminal, signal } = call;
  const encoder = new TextEncoder();
  const { code } = await client.run(name, call.args[0] as string[] | undefined ?? [], {
    env: parseEnvironment(call.options.env as string[] | undefined ?? []),
    onStdout: (text) => terminal.write(encoder.encode(text)),
    onStderr: (text) => terminal.writeError(encoder.encode(text)),
    signal,
  });
  // As shells put it: 128 and the signal's number.
  return code < 0 ? 128 - code : code;
}

function parseEnvironment(pairs: readonly string[]): Record<string, string> {
  const env: Record<string, string> = {};
  for (const pair of pairs) {
    const equals = pair.indexOf("=");
    if (equals < 1) throw new UsageError(`Invalid --env value '${pair}'. Use KEY=VALUE.`);
    env[pair.slice(0, equals)] = pair.slice(equals + 1);
  }
  return env;
}
