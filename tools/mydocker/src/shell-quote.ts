/** One word for a POSIX shell: left alone where that is safe, else in single quotes, inside which nothing is special. */
export function shellQuote(word: string): string {
  if (/^[a-zA-Z0-9_@%+=:,./-]+$/.test(word) && !word.startsWith("=")) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command line for a POSIX shell. */
export function shellCommand(argv: string[]): string {
  return argv.map(shellQuote).join(" ");
}
