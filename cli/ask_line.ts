/**
 * Asks for a line on the terminal, or takes the next one of what is piped in.
 *
 * @param question What is asked, shown on standard error: standard output is for results.
 * @returns The answer without its line break.
 * @throws {Deno.errors.UnexpectedEof} if standard input ends before an answer.
 */
export function askLine(question: string): string {
  Deno.stderr.writeSync(new TextEncoder().encode(`${question}: `));
  const bytes: number[] = [];
  const one = new Uint8Array(1);
  // Byte by byte: what follows the line is for whoever asks next.
  for (;;) {
    const count = Deno.stdin.readSync(one);
    if (count === null && bytes.length === 0) {
      throw new Deno.errors.UnexpectedEof(`Cannot ask for ${question}: standard input has ended`);
    }
    if (count === null || one[0] === 10) break;
    bytes.push(one[0]);
  }
  return new TextDecoder().decode(new Uint8Array(bytes)).replace(/\r$/, "");
}

/** Asks until there is an answer. */
export function askText(question: string): string {
  for (;;) {
    const answer = askLine(question).trim();
    if (answer !== "") return answer;
  }
}

/** Asks yes or no; no answer is no. */
export function askYesNo(question: string): boolean {
  return /^y(es)?$/i.test(askLine(`${question} [y/N]`).trim());
}
