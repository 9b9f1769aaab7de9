import { expect, it } from "vitest";
import { partText } from "./progress-text.ts";

const part = { name: "928119a2ee0d", what: "Downloading", done: 0, total: 20e6, before: 0, seconds: 0 };

it.each([
  [part, "928119a2ee0d  Downloading [>                   ]  0.0 of 20.0 MB  "],
  [
    { ...part, done: 5e6, seconds: 2 },
    "928119a2ee0d  Downloading [====>               ]  5.0 of 20.0 MB  2.5 MB/s  6 s left",
  ],
  [
    { ...part, done: 15e6, before: 10e6, seconds: 10 },
    "928119a2ee0d  Downloading [==============>     ]  15.0 of 20.0 MB  0.5 MB/s  10 s left",
  ],
  [{ ...part, done: 20e6, seconds: 4 }, "928119a2ee0d  Finishing   [====================]  20.0 of 20.0 MB"],
  [
    { ...part, done: 1e3, seconds: 10 },
    "928119a2ee0d  Downloading [>                   ]  0.0 of 20.0 MB  0.0 MB/s  55 h 33 min left",
  ],
  [
    { ...part, done: 1e6, seconds: 5 },
    "928119a2ee0d  Downloading [>                   ]  1.0 of 20.0 MB  0.2 MB/s  1 min 35 s left",
  ],
])("%j", (state, expected) => {
  expect(partText(state, 200)).toBe(expected);
});

it("is no wider than the terminal", () => {
  expect(partText(part, 30)).toHaveLength(29);
  expect(partText(part, 0)).toBe("");
});
