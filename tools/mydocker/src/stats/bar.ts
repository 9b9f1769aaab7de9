const WIDTH = 10;
/** A cell of a bar in eighths. */
const PARTS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
/** From which share on which colour: green, yellow, red (ECMA-48, SGR). */
const COLOURS: readonly [number, number][] = [
  [0.85, 31],
  [0.6, 33],
  [0, 32],
];

/** A share from 0 to 1 as a coloured bar, ten characters wide. */
export function bar(share: number): string {
  const eighths = Math.round(Math.min(Math.max(share, 0), 1) * WIDTH * 8);
  const filled = "█".repeat(Math.floor(eighths / 8)) + (PARTS[eighths % 8] ?? "");
  const colour = COLOURS.find(([from]) => share >= from)?.[1] ?? 32;
  return `\u001b[${colour}m${filled}\u001b[39m${" ".repeat(WIDTH - filled.length)}`;
}
