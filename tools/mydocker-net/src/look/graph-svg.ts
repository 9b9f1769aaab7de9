import type { GraphEndpoint, GraphNetwork, HostGraph } from "./host-graph.ts";

const ROW = 64;
const GAP = 24;
const LINE = 12;
const BOX = { width: 280, height: 48 };
/** Where each column begins: networks, names of links, containers, what is published of them. */
const COLUMN = { network: 24, link: 400, container: 560, port: 900 };
const WIDTH = COLUMN.port + 220;

/** The graph as SVG: bridges, links, containers, and what is published of them, from left to right. */
export function renderSvg({ networks }: HostGraph): string {
  let y = GAP;
  const parts = networks.map((network) => {
    const at = y;
    y += heightOf(network) + GAP;
    return networkGroup(network, at);
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" font-family="sans-serif" font-size="12">`,
    "<style>rect{fill:#fff;stroke:#345}.bridge rect{fill:#e8f0fa}.internal rect{fill:#f4ecd8}.down{opacity:.45}path{fill:none;stroke:#345}.port{stroke-dasharray:4 3}.small{fill:#567;font-size:10px}</style>",
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

function networkGroup(network: GraphNetwork, top: number): string {
  const { name, bridge, isUp, addresses, isInternal, endpoints } = network;
  const middle = top + heightOf(network) / 2;
  const classes = ["bridge", ...(isInternal ? ["internal"] : []), ...(isUp ? [] : ["down"])].join(" ");
  const title = name === bridge ? name : `${name} (${bridge})`;
  let below = top;
  const rows = endpoints.map((endpoint) => {
    const row = rowHeight(endpoint);
    below += row;
    return endpointGroup(endpoint, below - row / 2, middle);
  });
  return [
    `<g class="${classes}">${box(COLUMN.network, middle - BOX.height / 2, title, addresses.join("  "))}</g>`,
    ...rows,
  ].join("\n");
}

function heightOf({ endpoints }: GraphNetwork): number {
  return Math.max(
    ROW,
    endpoints.reduce((sum, endpoint) => sum + rowHeight(endpoint), 0),
  );
}

/** A line for each port. */
function rowHeight({ ports }: GraphEndpoint): number {
  return Math.max(ROW, ports.length * LINE + LINE);
}

function endpointGroup(endpoint: GraphEndpoint, y: number, bridgeY: number): string {
  const { container, link, isUp, addresses, ports } = endpoint;
  const from = COLUMN.network + BOX.width;
  const bend = (from + COLUMN.link) / 2;
  const to = COLUMN.container + BOX.width;
  const published = ports.map((port, index) => {
    const portY = y + (index - (ports.length - 1) / 2) * LINE;
    return `<path class="port" d="M${to} ${y} L${COLUMN.port - 6} ${portY}"/>${text(COLUMN.port, portY + 4, port, "small")}`;
  });
  return [
    `<g class="${isUp ? "up" : "down"}">`,
    `<path d="M${from} ${bridgeY} C${bend} ${bridgeY} ${bend} ${y} ${COLUMN.link} ${y} H${COLUMN.container}"/>`,
    text(COLUMN.link + 4, y - 4, `${link} ─ ${endpoint.interface}`, "small"),
    box(COLUMN.container, y - BOX.height / 2, container, addresses.join("  ")),
    ...published,
    "</g>",
  ].join("");
}

function box(x: number, y: number, title: string, below: string): string {
  return `<rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="6"/>${text(x + 12, y + 20, title)}${text(x + 12, y + 36, below, "small")}`;
}

function text(x: number, y: number, content: string, className?: string): string {
  const attribute = className === undefined ? "" : ` class="${className}"`;
  return `<text x="${x}" y="${y}"${attribute}>${escapeXml(content)}</text>`;
}

/** A container's name is harmless, a CNI runtime's id need not be. */
function escapeXml(content: string): string {
  return content.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
