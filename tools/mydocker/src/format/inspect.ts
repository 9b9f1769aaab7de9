import { eachNamed } from "@mydocker/stage";
import { print } from "../print.ts";
import { compileTemplate } from "./template.ts";

/**
 * Shows each thing that was named as docker's `inspect` does: filled into a template as it is found, or all in one JSON array.
 *
 * @param format `json`, a Go template, or undefined for JSON with indents
 * @param find the view of one of them
 * @returns the exit code: 1 when any was not found
 * @throws MydockerError for a template that cannot be read
 */
export async function inspectEach(
  names: string[],
  format: string | undefined,
  find: (name: string) => unknown,
): Promise<number> {
  const template = format === undefined || format === "json" ? undefined : compileTemplate(format);
  const found: unknown[] = [];
  const code = await eachNamed(names, async (name) => {
    const view = await find(name);
    if (template === undefined) found.push(view);
    else print(`${template(view)}\n`);
  });
  if (template === undefined) print(`${JSON.stringify(found, null, format === "json" ? 0 : 4)}\n`);
  return code;
}
