import type { Option } from "commander";

const LOG_LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"];

/** `--log-level`, in upper or lower case. */
export function logLevelOption({ Option }: Pick<typeof import("commander"), "Option">): Option {
  const option = new Option("--log-level <level>", "how much is told of failures")
    .choices(LOG_LEVELS);
  const check = option.parseArg!;
  return option.argParser((level: string) => check(level.toUpperCase(), undefined as never));
}
