import { expect, it } from "vitest";
import { renderSvg } from "./graph-svg.ts";
import { renderText } from "./graph-text.ts";
import type { HostGraph } from "./host-graph.ts";

const graph: HostGraph = {
  networks: [
    {
      ...{ name: "mydocker0", bridge: "mydocker0", isUp: true, addresses: ["172.29.0.1/16"], isInternal: false },
      endpoints: [
        {
          container: "web",
          link: "md-1",
          isUp: true,
          interface: "eth0",
          addresses: ["172.29.0.2/16"],
          ports: ["0.0.0.0:8080->80/tcp"],
        },
        { container: "db", link: "md-2", isUp: false, interface: "eth0", addresses: ["172.29.0.3/16"], ports: [] },
      ],
    },
    {
      name: "back",
      bridge: "mb-1",
      isUp: false,
      addresses: ["10.5.0.1/16", "fd00::1/64"],
      isInternal: true,
      endpoints: [],
    },
  ],
};

it("is a tree as text", () => {
  expect(renderText(graph)).toBe(
    [
      "host",
      "├─ mydocker0, 172.29.0.1/16",
      "│  ├─ md-1 ── eth0 web  172.29.0.2/16  0.0.0.0:8080->80/tcp",
      "│  └─ md-2 ── eth0 db  172.29.0.3/16 (down)",
      "└─ back, bridge mb-1, 10.5.0.1/16, fd00::1/64, internal (down)",
      "",
    ].join("\n"),
  );
});

it("has everything in SVG, and no markup from names", () => {
  const hostile = structuredClone(graph);
  for (const network of hostile.networks) for (const endpoint of network.endpoints) endpoint.container = '<script>"&';
  const svg = renderSvg(graph);
  for (const part of [
    "mydocker0",
    "back (mb-1)",
    "web",
    "db",
    "md-1 ─ eth0",
    "0.0.0.0:8080-&#62;80/tcp",
    "fd00::1/64",
  ]) {
    expect(svg).toContain(part);
  }
  expect(renderSvg(hostile)).not.toContain("<script>");
  expect(renderSvg({ networks: [] })).toMatch(/^<svg [^>]*>[\s\S]*<\/svg>\n$/);
});
