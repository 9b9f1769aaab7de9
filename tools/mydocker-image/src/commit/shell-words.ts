import { usageError } from "@mydocker/stage";

/** Splits at blanks that are neither quoted nor escaped; quotes and escapes stay as they are. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word = "";
  let quote = "";
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at] ?? "";
    if (quote === "" && /\s/.test(letter)) {
      if (word !== "") words.push(word);
      word = "";
      continue;
    }
    word += letter;
    if (letter === "\\" && quote !== "'") {
      at += 1;
      word += text[at] ?? "";
    } else if (letter === quote) quote = "";
    else if (quote === "" && (letter === '"' || letter === "'")) quote = letter;
  }
  if (quote !== "") throw usageError(`${JSON.stringify(text.slice(0, 80))}: a ${quote} without its other half`);
  return word === "" ? words : [...words, word];
}

/**
 * Takes quotes and escapes away, and puts variables in, as a Dockerfile's instructions have it: `$A`, `${A}`, `${A:-otherwise}`,
 * `${A:+instead}`; a variable that there is none of is empty.
 */
export function expandWord(word: string, variables: ReadonlyMap<string, string>): string {
  let result = "";
  let quote = "";
  for (let at = 0; at < word.length; at += 1) {
    const letter = word[at] ?? "";
    if (letter === quote) quote = "";
    else if (quote === "" && (letter === '"' || letter === "'")) quote = letter;
    else if (letter === "\\" && quote !== "'") {
      at += 1;
      const escaped = word[at] ?? "";
      // Between double quotes a backslash is one, unless what is behind it would mean something.
      result += quote === '"' && !'"$\\'.includes(escaped) ? `\\${escaped}` : escaped;
    } else if (letter === "$" && quote !== "'") {
      const { length, value } = expandVariable(word.slice(at), variables);
      result += value;
      at += length - 1;
    } else result += letter;
  }
  return result;
}

function expandVariable(text: string, variables: ReadonlyMap<string, string>): { length: number; value: string } {
  const plain = /^\$([A-Za-z_]\w*)/.exec(text);
  if (plain !== null) return { length: plain[0].length, value: variables.get(plain[1] ?? "") ?? "" };
  if (!text.startsWith("${")) return { length: 1, value: "$" };
  const braced = /^\$\{([A-Za-z_]\w*)(?:(:[-+])([^}]*))?\}/.exec(text);
  if (braced === null) throw usageError(`${JSON.stringify(text.slice(0, 80))}: not a variable`, `\${NAME}`);
  const [whole, name = "", modifier, other = ""] = braced;
  const value = variables.get(name) ?? "";
  if (modifier === ":-" && value === "") return { length: whole.length, value: expandWord(other, variables) };
  if (modifier === ":+") return { length: whole.length, value: value === "" ? "" : expandWord(other, variables) };
  return { length: whole.length, value };
}

/** A list of strings in JSON; undefined for anything else. */
export function parseWordList(text: string): string[] | undefined {
  if (!text.startsWith("[")) return undefined;
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((word) => typeof word === "string") ? list : undefined;
  } catch {
    return undefined;
  }
}
