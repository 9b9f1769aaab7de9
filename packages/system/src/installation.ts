/**
 * Where the programs are that nobody calls by name: `<prefix>/libexec/mydocker`. Found from the executable that runs, never through
 * PATH: a pipeline of one version stays one version. `MYDOCKER_BIN` has `<prefix>/bin` where Node runs the sources.
 */
export function programsDirectory(): string {
  return `${prefix()}/libexec/mydocker`;
}

/** Where the tools' five names are: `<prefix>/bin`. */
export function toolsDirectory(): string {
  return `${prefix()}/bin`;
}

/** Read-only data of the installation. */
export function dataDirectory(): string {
  return `${prefix()}/share/mydocker`;
}

function prefix(): string {
  const { MYDOCKER_BIN } = process.env;
  if (MYDOCKER_BIN !== undefined) return parent(MYDOCKER_BIN);
  // The small executable is in bin, the whole one in libexec/mydocker.
  const directory = parent(process.execPath);
  return directory.endsWith("/libexec/mydocker") ? parent(parent(directory)) : parent(directory);
}

function parent(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
