/** An environment as the kernel has it: `KEY=VALUE`. */
export function environmentList(env: NodeJS.ProcessEnv): string[] {
  return Object.entries(env).map(([key, value]) => `${key}=${value ?? ""}`);
}

/** The inverse of `environmentList`; what has no "=" is a name with an empty value. */
export function environmentRecord(list: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    list.map((variable) => {
      const equals = variable.indexOf("=");
      return equals < 0 ? [variable, ""] : [variable.slice(0, equals), variable.slice(equals + 1)];
    }),
  );
}
