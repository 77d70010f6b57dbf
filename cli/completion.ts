import { Argument, type Command } from "commander";

/** Shells that can be told how to complete. */
const SHELLS = ["bash", "zsh", "fish"] as const;

/** Adds `jmp completion SHELL`, and the hidden command that its script asks. */
export function completionCommand(program: Command): void {
  program.command("completion")
    .description("Print what makes a shell complete jmp and j: source <(jmp completion bash)")
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .action((shell: (typeof SHELLS)[number]) => console.log(SCRIPTS[shell]));
}

const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], string>> = {
  bash: `_jumpstarter_complete() {
  local IFS=$'\\n'
  COMPREPLY=($(_JMP_COMPLETE_CURRENT="\${COMP_WORDS[COMP_CWORD]}" \\
    "$1" __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null))
}
complete -o default -F _jumpstarter_complete jmp
complete -o default -F _jumpstarter_complete j`,
  zsh: `#compdef jmp j
_jumpstarter_complete() {
  local -a found
  found=("\${(@f)$(_JMP_COMPLETE_CURRENT="\${words[CURRENT]}" \\
    "\${words[1]}" __complete -- "\${(@)words[2,CURRENT-1]}" 2>/dev/null)}")
  [[ -n "\${found[1]}" ]] && compadd -- "\${found[@]}" || _files
}
compdef _jumpstarter_complete jmp j`,
  fish: `function __jumpstarter_complete
  set -l words (commandline -opc)
  env _JMP_COMPLETE_CURRENT=(commandline -ct) $words[1] __complete -- $words[2..-1] 2>/dev/null
end
complete -c jmp -a '(__jumpstarter_complete)'
complete -c j -a '(__jumpstarter_complete)'`,
};
