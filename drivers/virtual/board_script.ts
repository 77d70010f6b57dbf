/**
 * The board itself: a program for any POSIX shell, so that it runs wherever an exporter does, compiled ones too. It
 * prints a boot log and a prompt, and does a few of U-Boot's commands. What is typed is never given to the shell: no
 * `eval`, no patterns, no programs by name.
 *
 * Its arguments are the prompt and the seconds that the boot takes. (A backslash keeps TypeScript's hands off `${`.)
 */
export const BOARD_SCRIPT: string = String.raw`
set -f
prompt=$1 boot_time=$2 version='Virtual board 1.0 (a program of Jumpstarter)'
newline='
'
# A console that knows no end of file and shows no control characters.
stty -echoctl eof undef
trap 'interrupted=1; echo "<INTERRUPT>"' INT

boot() {
  status=0
  variables="arch=virtual$\{newline}baudrate=115200$\{newline}board=virtual$\{newline}bootdelay=0"
  printf '\n\n%s\n\n' "$version"
  printf 'CPU:   none\nDRAM:  512 MiB\n'
  sleep "$boot_time"
  printf 'Loading Environment from nowhere... OK\nIn:    serial\nOut:   serial\nErr:   serial\n'
  printf 'Hit any key to stop autoboot:  0\n'
}

# value NAME: prints the value of a variable; fails if there is none.
value() {
  old_ifs=$IFS IFS=$newline
  for variable in $variables; do
    case $variable in "$1="*) IFS=$old_ifs; printf '%s\n' "$\{variable#*=}"; return 0 ;; esac
  done
  IFS=$old_ifs
  return 1
}

# assign NAME [VALUE]: sets a variable, or takes it away.
assign() {
  kept= old_ifs=$IFS IFS=$newline
  for variable in $variables; do
    case $variable in "$1="*) ;; *) kept="$kept$variable$newline" ;; esac
  done
  IFS=$old_ifs
  variables=$kept
  [ -z "$2" ] || variables="$kept$1=$2"
}

# number HEX: prints it in decimal; fails if it is none, or larger than 32 bits.
number() {
  digits=$\{1#0x}
  case $digits in '' | *[!0-9a-fA-F]* | ?????????*) return 1 ;; esac
  echo $((0x$digits))
}

run() {
  command=$1
  shift
  case $command in
  echo) printf '%s\n' "$*" ;;
  false) return 1 ;;
  true) return 0 ;;
  help | '?')
    printf '%s\n' 'echo     - write arguments to the console' \
      'false    - fail' 'help     - list the commands' 'md5sum   - md5sum ADDRESS COUNT: checksum of memory, all zeros' \
      'poweroff - switch the board off' 'printenv - show variables' 'reset    - boot again' \
      'setenv   - setenv NAME [VALUE...]: set a variable' 'sleep    - sleep SECONDS' 'true     - succeed' \
      'version  - show the version'
    ;;
  md5sum)
    address=$(number "$1") && count=$(number "$2") || { echo 'Usage: md5sum ADDRESS COUNT'; return 1; }
    sum=$(head -c "$count" /dev/zero | md5sum)
    printf 'md5 for %08x ... %08x ==> %s\n' "$address" $((address + count - 1)) "$\{sum%% *}"
    ;;
  poweroff) echo 'poweroff ...'; exit 0 ;;
  printenv)
    [ $# -gt 0 ] || { printf '%s\n' "$variables"; return 0; }
    found=$(value "$1") || { echo "## Error: \"$1\" not defined"; return 1; }
    printf '%s=%s\n' "$1" "$found"
    ;;
  reset | reboot) echo 'resetting ...'; boot ;;
  setenv)
    [ $# -gt 0 ] || { echo 'Usage: setenv NAME [VALUE...]'; return 1; }
    name=$1
    shift
    assign "$name" "$*"
    ;;
  sleep) case $1 in ''|*[!0-9.]*) echo 'Usage: sleep SECONDS'; return 1 ;; *) sleep "$1" ;; esac ;;
  version) printf '%s\n' "$version" ;;
  *) echo "Unknown command '$command' - try 'help'"; return 1 ;;
  esac
}

# perform LINE: splits it into words and commands, as U-Boot does, and runs them.
perform() {
  rest=$1 word= begun= quote=
  set --
  while :; do
    tail=$\{rest#?}
    char=$\{rest%"$tail"}
    rest=$tail
    if [ -n "$quote" ] && [ -n "$char" ]; then
      if [ "$char" = "$quote" ]; then quote=; else word=$word$char; fi
      continue
    fi
    case $char in
    "'" | '"') quote=$char begun=1 ;;
    \\) tail=$\{rest#?}; word=$word$\{rest%"$tail"} rest=$tail begun=1 ;;
    ' ' | ';' | '' | '#')
      if [ "$char" = '#' ] && [ -n "$begun" ]; then word=$word$char; continue; fi
      [ "$word" != '$?' ] || word=$status
      [ -z "$begun" ] || set -- "$@" "$word"
      word= begun=
      if [ "$char" = ' ' ]; then continue; fi
      if [ $# -gt 0 ]; then run "$@"; status=$?; set --; fi
      if [ "$char" != ';' ]; then return; fi
      ;;
    *) word=$word$char begun=1 ;;
    esac
  done
}

boot
while :; do
  interrupted=
  printf '%s' "$prompt"
  if IFS= read -r line; then
    # Like U-Boot, it takes no notice of Escape.
    while :; do
      case $line in *[[:cntrl:]]*) line=$\{line%%[[:cntrl:]]*}$\{line#*[[:cntrl:]]} ;; *) break ;; esac
    done
    perform "$line"
  elif [ -z "$interrupted" ]; then
    exit 1 # the terminal is gone
  fi
done
`.replaceAll("$\\{", "${");
