import { spawnSync } from "node:child_process";
import { errnoOf, MydockerError } from "@mydocker/stage";

/** What a helper says where it has nothing. */
const NOT_FOUND = /credentials not found/;

/** A program `docker-credential-NAME`, which keeps passwords elsewhere than in a file (docker-credential-helpers' protocol). */
export class CredentialHelper {
  readonly #name: string;
  readonly #server: string;

  /** @param server as docker names it: docker.io is `https://index.docker.io/v1/` */
  constructor(name: string, server: string) {
    this.#name = name;
    this.#server = server;
    // It becomes part of a program's name.
    if (!/^[\w.-]{1,64}$/.test(name)) throw this.#failed("it is not the name of a credential helper");
  }

  /** @returns undefined where the helper knows of none; a token's user is `<token>` */
  get(): { user: string; secret: string } | undefined {
    const answer = this.#call("get", this.#server);
    if (answer === undefined) return undefined;
    try {
      const { Username, Secret } = JSON.parse(answer) as { Username?: unknown; Secret?: unknown };
      if (typeof Username === "string" && typeof Secret === "string") return { user: Username, secret: Secret };
    } catch {}
    throw this.#failed("its answer is not what one is");
  }

  store(user: string, secret: string): void {
    this.#call("store", JSON.stringify({ ServerURL: this.#server, Username: user, Secret: secret }));
  }

  erase(): void {
    this.#call("erase", this.#server);
  }

  #call(action: "get" | "store" | "erase", input: string): string | undefined {
    const { status, stdout, stderr, error } = spawnSync(`docker-credential-${this.#name}`, [action], {
      input,
      encoding: "utf8",
      timeout: 60_000,
    });
    if (error !== undefined) {
      throw this.#failed(errnoOf(error) === "ENOENT" ? "it is not installed, or not in PATH" : error.message);
    }
    if (status === 0) return stdout;
    const said = `${stdout} ${stderr}`.trim();
    if (NOT_FOUND.test(said)) return undefined;
    throw this.#failed(said === "" ? `it ended with ${status}` : said);
  }

  #failed(why: string): MydockerError {
    return new MydockerError(`credential helper docker-credential-${this.#name}, for ${this.#server}: ${why}`, {
      code: "CREDENTIAL_HELPER",
      hint: "install the helper, or take it out of docker's config.json",
    });
  }
}
