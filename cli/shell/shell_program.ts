/** A program to start. */
export interface ShellProgram {
  /** Name or path. */
  readonly command: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** Environment on top of the inherited one. */
  readonly env: Readonly<Record<string, string>>;
}

const BASH_PROMPT = (context: string): string =>
  String.raw`\[\e[90m\]\W \[\e[93m\]⚡\[\e[97m\]${context} \[\e[93m\]➤\[\e[0m\] `;

const ZSH_PROMPT = (context: string): string =>
  `%F{8}%1~ %F{yellow}⚡%F{white}${context} %F{yellow}➤%f `;

const FISH_PROMPT = (context: string): string =>
  "function fish_prompt; set_color grey; printf '%s ' (basename $PWD); set_color yellow; printf '⚡'; " +
  `set_color white; printf '%s ' '${
    context.replaceAll("'", "\\'")
  }'; set_color yellow; printf '➤ '; ` +
  "set_color normal; end";

/**
 * The person's shell, with a prompt that names the board (core-spec §8.6).
 *
 * @param context what the prompt names: `local`, `direct`, an exporter
 * @param env the environment: `SHELL`, `HISTFILE`, `HOME`
 */
export function interactiveShell(
  context: string,
  env: (name: string) => string | undefined,
): ShellProgram {
  const command = env("SHELL") || "bash";
  const name = command.split("/").at(-1)!;
  if (name.endsWith("bash")) {
    return { command, args: ["--norc", "--noprofile"], env: { PS1: BASH_PROMPT(context) } };
  }
  if (name === "zsh") {
    const history = env("HISTFILE") || `${env("HOME") ?? "~"}/.zsh_history`;
    return {
      command,
      args: ["--no-rcs", "-o", "inc_append_history", "-o", "share_history"],
      env: { PS1: ZSH_PROMPT(context), HISTFILE: history },
    };
  }
  if (name === "fish") {
    return { command, args: ["--init-command", FISH_PROMPT(context)], env: {} };
  }
  return { command, args: [], env: {} };
}
