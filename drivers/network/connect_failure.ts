/**
 * The error of a connection that could not be made, with the address in its text. Name and code stay, so that its status
 * is still told from them.
 */
export function connectFailure(address: string, cause: unknown): Error {
  if (!(cause instanceof Error)) return new Error(`Cannot connect to ${address}: ${cause}`);
  if (cause.name === "AbortError") return cause;
  const failure = new Error(`Cannot connect to ${address}: ${reasonOf(cause)}`, { cause });
  failure.name = cause.name;
  const { code } = cause as { code?: unknown };
  return code === undefined ? failure : Object.assign(failure, { code });
}

/** The system's own words, without what Deno and node put around them. */
function reasonOf({ message, name }: Error): string {
  const words = message.replace(/ \(os error \d+\)$/, "").replace(/^connect \w+ ?/, "");
  return words === "" ? name : words[0].toLowerCase() + words.slice(1);
}
