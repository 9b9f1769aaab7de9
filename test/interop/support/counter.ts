import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What a container runs so that it can be seen from outside whether it goes on: a file that grows. */
export interface Counter {
  volume: string[];
  script: string;
  read(): number;
}

export function makeCounter(directory: string): Counter {
  const file = join(directory, "counter");
  writeFileSync(file, "");
  return {
    volume: ["-v", `${file}:/counter`],
    script: "while :; do echo >> /counter; sleep 0.02; done",
    read: () => statSync(file).size,
  };
}
