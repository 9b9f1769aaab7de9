import { expect, it } from "vitest";
import { parseChallenges } from "./challenge.ts";

it.each([
  ["", []],
  ["Basic", [{ scheme: "basic", parameters: {} }]],
  ['Basic realm="a b"', [{ scheme: "basic", parameters: { realm: "a b" } }]],
  [
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
    [
      {
        scheme: "bearer",
        parameters: {
          realm: "https://auth.docker.io/token",
          service: "registry.docker.io",
          scope: "repository:a/b:pull,push",
        },
      },
    ],
  ],
  [
    'Negotiate, Bearer realm=x , service="q\\"uote", Basic realm="y"',
    [
      { scheme: "negotiate", parameters: {} },
      { scheme: "bearer", parameters: { realm: "x", service: 'q"uote' } },
      { scheme: "basic", parameters: { realm: "y" } },
    ],
  ],
])("reads %j", (header, expected) => {
  expect(parseChallenges(header)).toEqual(expected);
});
