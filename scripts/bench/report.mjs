// Numbers to text. Ratios are the first contender's median over the other's: below 1 is faster.

export function renderHeader(engines, runs) {
  const versions = Object.values(engines).flatMap(({ version }) => version ?? []);
  return `${runs} runs each, interleaved; ${versions.join(", ")}\n`;
}

/** @param budgets ratio that must not be exceeded, by the peer's name */
export function renderTimes(title, times, budgets) {
  const [own] = times;
  const rows = times.map(({ name, milliseconds }) => {
    const columns = [name.padEnd(20), column(median(milliseconds)), column(Math.min(...milliseconds))];
    if (name === own.name) return columns.join("  ");
    return [...columns, renderRatio(median(own.milliseconds) / median(milliseconds), budgets[name])].join("  ");
  });
  return ["", title, `${"".padEnd(20)}    median ms        min ms  ratio`, ...rows, ""].join("\n");
}

export function renderMemory(title, rows) {
  const lines = rows.map(({ name, process, kibibytes }) => {
    return `${name.padEnd(20)}  ${`${kibibytes} KiB`.padStart(12)}  ${process}`;
  });
  return ["", title, ...lines, ""].join("\n");
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function renderRatio(ratio, budget) {
  if (budget === undefined) return ratio.toFixed(2);
  return `${ratio.toFixed(2)}  (budget ${budget.toFixed(2)}: ${ratio <= budget ? "kept" : "exceeded"})`;
}

function column(milliseconds) {
  return milliseconds.toFixed(1).padStart(12);
}
