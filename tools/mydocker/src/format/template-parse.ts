import { MydockerError } from "@mydocker/stage";

/** Go's text/template, as much of it as people write behind `--format`. */
export type TemplateNode =
  | { kind: "text"; text: string }
  | { kind: "print"; pipe: Pipe }
  | { kind: "assign"; name: string; pipe: Pipe }
  | { kind: "if" | "with"; pipe: Pipe; body: TemplateNode[]; otherwise: TemplateNode[] }
  | { kind: "range"; key?: string; value?: string; pipe: Pipe; body: TemplateNode[]; otherwise: TemplateNode[] };

/** `a | b | c`: each command gets the value of the one before as its last argument. */
export type Pipe = Operand[][];

export type Operand =
  | { kind: "literal"; value: string | number | boolean | null }
  | { kind: "function"; name: string }
  | { kind: "path"; root: "." | { variable: string } | { pipe: Pipe }; names: string[] };

/** A template that cannot be read. docker's `inspect` exits with 64 for it. */
export class TemplateSyntaxError extends MydockerError {
  constructor(problem: string, exitCode = 64) {
    super(problem.startsWith("template parsing error") ? problem : `template parsing error: ${problem}`, {
      code: "BAD_TEMPLATE",
      exitCode,
    });
  }

  withExitCode(exitCode: number): TemplateSyntaxError {
    return new TemplateSyntaxError(this.message, exitCode);
  }
}

/** @throws TemplateSyntaxError */
export function parseTemplate(text: string): TemplateNode[] {
  const [nodes, end] = parseNodes(splitActions(text), 0, "");
  if (end !== undefined) throw new TemplateSyntaxError(`unexpected {{${end.source}}}`);
  return nodes;
}

interface Action {
  source: string;
  tokens: Token[];
}

interface Token {
  text: string;
  /** Directly behind the token before: `(…).Name` is one operand, `(…) .Name` are two. */
  joined: boolean;
}

function splitActions(text: string): (string | Action)[] {
  const parts: (string | Action)[] = [];
  let rest = text;
  for (let open = rest.indexOf("{{"); open !== -1; open = rest.indexOf("{{")) {
    const action = /^\{\{(- )?((?:"(?:\\.|[^"\\])*"|`[^`]*`|[^"`}]|\}(?!\}))*?)( -)?\}\}/.exec(rest.slice(open));
    if (action === null) throw new TemplateSyntaxError("unclosed action");
    const before = rest.slice(0, open);
    parts.push(action[1] === undefined ? before : before.trimEnd());
    const source = (action[2] ?? "").trim();
    if (!source.startsWith("/*")) parts.push({ source, tokens: tokenize(source) });
    rest = rest.slice(open + action[0].length);
    if (action[3] !== undefined) rest = rest.trimStart();
  }
  return [...parts, rest].filter((part) => part !== "");
}

const TOKEN = /\s*("(?:\\.|[^"\\])*"|`[^`]*`|-?\d+(?:\.\d+)?|\$\w*|\.\w+|\.|:=|[()|,]|\w+)/y;

function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(source);
    if (match === null)
      throw new TemplateSyntaxError(`unexpected ${JSON.stringify(source.slice(at))} in {{${source}}}`);
    const text = match[1] ?? "";
    tokens.push({ text, joined: at > 0 && match[0] === text });
  }
  return tokens;
}

/** Reads until an `else` or `end` of the block around, which it returns. */
function parseNodes(parts: (string | Action)[], depth: number, block: string): [TemplateNode[], Action | undefined] {
  const nodes: TemplateNode[] = [];
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    if (typeof part === "string") {
      nodes.push({ kind: "text", text: part });
      continue;
    }
    const keyword = part.tokens[0]?.text;
    if (keyword === "end" || keyword === "else") {
      if (depth === 0) throw new TemplateSyntaxError(`unexpected {{${keyword}}}`);
      return [nodes, part];
    }
    nodes.push(parseAction(part, parts, depth));
  }
  if (depth > 0) throw new TemplateSyntaxError(`{{${block}}} has no {{end}}`);
  return [nodes, undefined];
}

function parseAction({ source, tokens }: Action, parts: (string | Action)[], depth: number): TemplateNode {
  const reader = new TokenReader(source, tokens);
  const keyword = tokens[0]?.text;
  if (keyword === "if" || keyword === "with") {
    reader.next();
    const pipe = reader.wholePipe();
    return { kind: keyword, pipe, ...parseBlock(parts, depth, keyword) };
  }
  if (keyword === "range") {
    reader.next();
    const variables = reader.variables();
    const pipe = reader.wholePipe();
    const [first, second] = variables;
    const names = second === undefined ? { value: first } : { key: first, value: second };
    const defined = Object.fromEntries(Object.entries(names).filter(([, name]) => name !== undefined));
    return { kind: "range", ...defined, pipe, ...parseBlock(parts, depth, keyword) };
  }
  const [name] = reader.variables();
  const pipe = reader.wholePipe();
  return name === undefined ? { kind: "print", pipe } : { kind: "assign", name, pipe };
}

function parseBlock(
  parts: (string | Action)[],
  depth: number,
  block: string,
): { body: TemplateNode[]; otherwise: TemplateNode[] } {
  const [body, end] = parseNodes(parts, depth + 1, block);
  if (end?.tokens[0]?.text !== "else") return { body, otherwise: [] };
  if (end.tokens.length > 1) {
    const chained = { source: end.source, tokens: end.tokens.slice(1) };
    return { body, otherwise: [parseAction(chained, parts, depth)] };
  }
  return { body, otherwise: parseNodes(parts, depth + 1, block)[0] };
}

class TokenReader {
  private readonly source: string;
  private readonly tokens: Token[];
  private at = 0;

  constructor(source: string, tokens: Token[]) {
    this.source = source;
    this.tokens = tokens;
  }

  next(): string | undefined {
    this.at += 1;
    return this.tokens[this.at - 1]?.text;
  }

  /** `$a :=` or `$a, $b :=`, where that is what comes. */
  variables(): string[] {
    const texts = this.tokens.slice(this.at).map((token) => token.text);
    const isVariable = (text: string | undefined): text is string => text?.startsWith("$") === true && text !== "$";
    if (isVariable(texts[0]) && texts[1] === ":=") {
      this.at += 2;
      return [texts[0]];
    }
    if (isVariable(texts[0]) && texts[1] === "," && isVariable(texts[2]) && texts[3] === ":=") {
      this.at += 4;
      return [texts[0], texts[2]];
    }
    return [];
  }

  wholePipe(): Pipe {
    const pipe = this.pipe();
    const left = this.tokens[this.at]?.text;
    if (left !== undefined) throw new TemplateSyntaxError(`unexpected ${JSON.stringify(left)} in {{${this.source}}}`);
    return pipe;
  }

  private pipe(): Pipe {
    const commands: Operand[][] = [[]];
    for (let text = this.tokens[this.at]?.text; text !== undefined && text !== ")"; text = this.tokens[this.at]?.text) {
      if (text === "|") {
        this.at += 1;
        commands.push([]);
      } else {
        commands.at(-1)?.push(this.operand());
      }
    }
    if (commands.some((operands) => operands.length === 0)) {
      throw new TemplateSyntaxError(`missing value for command in {{${this.source}}}`);
    }
    return commands;
  }

  private operand(): Operand {
    const text = this.next() ?? "";
    if (text === "(") {
      const pipe = this.pipe();
      if (this.next() !== ")") throw new TemplateSyntaxError(`unclosed left paren in {{${this.source}}}`);
      return { kind: "path", root: { pipe }, names: this.joinedNames() };
    }
    if (text === ".") return { kind: "path", root: ".", names: [] };
    if (text.startsWith(".")) return { kind: "path", root: ".", names: [text.slice(1), ...this.joinedNames()] };
    if (text.startsWith("$")) return { kind: "path", root: { variable: text }, names: this.joinedNames() };
    return literal(text) ?? this.functionName(text);
  }

  private joinedNames(): string[] {
    const names: string[] = [];
    for (let token = this.tokens[this.at]; token?.joined === true; token = this.tokens[this.at]) {
      if (!/^\.\w/.test(token.text)) break;
      names.push(token.text.slice(1));
      this.at += 1;
    }
    return names;
  }

  private functionName(name: string): Operand {
    if (!/^[a-zA-Z]\w*$/.test(name)) {
      throw new TemplateSyntaxError(`unexpected ${JSON.stringify(name)} in {{${this.source}}}`);
    }
    return { kind: "function", name };
  }
}

function literal(text: string): Operand | undefined {
  if (text.startsWith("`")) return { kind: "literal", value: text.slice(1, -1) };
  if (text.startsWith('"')) return { kind: "literal", value: unquote(text) };
  if (/^-?\d/.test(text)) return { kind: "literal", value: Number(text) };
  if (text === "true" || text === "false") return { kind: "literal", value: text === "true" };
  return text === "nil" ? { kind: "literal", value: null } : undefined;
}

function unquote(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    throw new TemplateSyntaxError(`bad string ${text}`);
  }
}
