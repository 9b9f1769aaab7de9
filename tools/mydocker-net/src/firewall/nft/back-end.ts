import { outputOf, runNow, succeeds } from "../../run-now.ts";
import type { BackEnd } from "../back-end.ts";
import { parseInstalled } from "./installed.ts";
import { renderAdd, renderDelete, renderTable, renderUserChain } from "./rules.ts";

/** A table of our own, with a port an element of a map. */
export const nft: BackEnd = {
  render: renderTable,
  load(rules, publications) {
    // Not in the same transaction: the administrator may have made another chain of it, and that is no failure.
    runNow("nft", ["-f", "-"], renderUserChain(rules.prefix), (stderr) =>
      stderr.includes("File exists") ? undefined : explain(stderr),
    );
    runNow("nft", ["-f", "-"], renderTable(rules, publications), explain);
  },
  renderAdd: (prefix, publication) => [`nft ${renderAdd(prefix, [publication])}`],
  add: (prefix, publications) => succeeds("nft", [renderAdd(prefix, publications)]),
  async remove(prefix, ports) {
    if (await succeeds("nft", [renderDelete(prefix, ports)])) return;
    // One transaction fails as a whole: of a half-made endpoint some may be there and some not.
    for (const port of ports) await succeeds("nft", [renderDelete(prefix, [port])]);
  },
  list({ prefix }) {
    const json = listTable(prefix);
    return json === undefined ? undefined : parseInstalled(json);
  },
  title: (prefix) => `table inet ${prefix}`,
  uninstall(prefix, dryRun) {
    const isThere = listTable(prefix) !== undefined;
    if (dryRun) return isThere;
    if (isThere) runNow("nft", ["delete", "table", "inet", prefix], "", explain);
    const users = listTable(`${prefix}-user`);
    if (users !== undefined && isUntouched(users))
      runNow("nft", ["delete", "table", "inet", `${prefix}-user`], "", explain);
    return isThere;
  },
  isUsable: () => outputOf("nft", ["list", "tables"]) !== undefined,
};

/** As JSON, or undefined where there is none of that name. */
function listTable(table: string): string | undefined {
  let absent = false;
  const json = runNow("nft", ["-j", "list", "table", "inet", table], "", (stderr) => {
    if (!stderr.includes("No such file or directory")) return `nft list table inet ${table}: ${stderr.split("\n")[0]}`;
    absent = true;
    return undefined;
  });
  return absent ? undefined : json;
}

/** Whether the administrator's table is as we made it. */
function isUntouched(json: string): boolean {
  const { nftables } = JSON.parse(json) as { nftables: object[] };
  const items = nftables.flatMap((item) => Object.keys(item)).filter((kind) => kind !== "metainfo");
  return items.join() === "table,chain";
}

/** nft's first line has the reason; what follows quotes the rules. */
function explain(stderr: string): string {
  return `nft: ${stderr.split("\n")[0] ?? ""}`;
}
