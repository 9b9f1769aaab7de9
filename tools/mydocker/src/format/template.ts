import { TEMPLATE_FUNCTIONS } from "./template-functions.ts";
import { type Operand, type Pipe, parseTemplate, type TemplateNode } from "./template-parse.ts";
import { isTrue, listEntries, printValue, templateError } from "./template-value.ts";

/** A template that is ready to be filled in, again and again. */
export type Template = (data: unknown) => string;

/**
 * Compiles a Go template: fields, variables, pipelines, `if`, `with`, `range` and the functions docker adds. `\t` and
 * `\n` in the text stand for what they say, as in docker's `--format`.
 *
 * A field of `data` may be a function: it is called when it is asked for, with the arguments behind it
 * (`{{.Label "x"}}`). A field that does not exist is an error, but in an object without prototype (a map) it is
 * `<no value>`.
 *
 * @throws TemplateSyntaxError
 */
export function compileTemplate(format: string): Template {
  const nodes = parseTemplate(format.replaceAll("\\t", "\t").replaceAll("\\n", "\n"));
  return (data) => new Evaluation(data).render(nodes, data);
}

class Evaluation {
  private readonly variables = new Map<string, unknown>();

  constructor(data: unknown) {
    this.variables.set("$", data);
  }

  render(nodes: TemplateNode[], dot: unknown): string {
    return nodes.map((node) => this.renderNode(node, dot)).join("");
  }

  private renderNode(node: TemplateNode, dot: unknown): string {
    if (node.kind === "text") return node.text;
    const value = this.pipe(node.pipe, dot);
    switch (node.kind) {
      case "print":
        return printValue(value);
      case "assign":
        this.variables.set(node.name, value);
        return "";
      case "if":
        return this.render(isTrue(value) ? node.body : node.otherwise, dot);
      case "with":
        return isTrue(value) ? this.render(node.body, value) : this.render(node.otherwise, dot);
      case "range":
        return this.range(node, value, dot);
    }
  }

  private range(node: TemplateNode & { kind: "range" }, value: unknown, dot: unknown): string {
    const entries = listEntries(value);
    if (entries.length === 0) return this.render(node.otherwise, dot);
    return entries
      .map(([key, entry]) => {
        if (node.key !== undefined) this.variables.set(node.key, key);
        if (node.value !== undefined) this.variables.set(node.value, entry);
        return this.render(node.body, entry);
      })
      .join("");
  }

  private pipe(pipe: Pipe, dot: unknown): unknown {
    let previous: unknown[] = [];
    for (const command of pipe) previous = [this.command(command, previous, dot)];
    return previous[0];
  }

  private command(operands: Operand[], previous: unknown[], dot: unknown): unknown {
    const [first, ...others] = operands;
    if (first === undefined) return undefined;
    const args = [...others.map((operand) => this.operand(operand, dot)), ...previous];
    if (first.kind === "function") return callFunction(first.name, args);
    if (first.kind === "path" && args.length > 0) return this.path(first, dot, args);
    if (args.length > 0) throw templateError("can't give argument to non-function");
    return this.operand(first, dot);
  }

  private operand(operand: Operand, dot: unknown): unknown {
    if (operand.kind === "literal") return operand.value;
    if (operand.kind === "function") return callFunction(operand.name, []);
    return this.path(operand, dot, []);
  }

  private path({ root, names }: Operand & { kind: "path" }, dot: unknown, args: unknown[]): unknown {
    let value = root === "." ? dot : "pipe" in root ? this.pipe(root.pipe, dot) : this.variable(root.variable);
    names.forEach((name, index) => {
      value = readField(value, name);
      if (typeof value === "function") value = value(...(index === names.length - 1 ? args : []));
    });
    return value;
  }

  private variable(name: string): unknown {
    if (!this.variables.has(name)) throw templateError(`undefined variable "${name}"`);
    return this.variables.get(name);
  }
}

function callFunction(name: string, args: unknown[]): unknown {
  const call = Object.hasOwn(TEMPLATE_FUNCTIONS, name) ? TEMPLATE_FUNCTIONS[name] : undefined;
  if (call === undefined) throw templateError(`function "${name}" not defined`);
  return call(args);
}

function readField(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null)
    throw templateError(`can't evaluate field ${name}: nothing is there`);
  if (Object.hasOwn(value, name)) return Reflect.get(value, name);
  if (Object.getPrototypeOf(value) === null) return undefined;
  throw templateError(`can't evaluate field ${name}: there is no such field`);
}
