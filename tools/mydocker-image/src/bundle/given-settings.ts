import type { GivenSettings } from "@mydocker/state";
import type { BundleRequest } from "./request.ts";

/** What the container's record keeps of the request, for who makes an image of the container. */
export function givenSettings(request: BundleRequest): GivenSettings {
  const { entrypoint, args, environment, user, workingDir, stopSignal, volumes } = request;
  return {
    ...(entrypoint === undefined ? {} : { entrypoint }),
    args,
    env: environment.map(({ key, value }) => (value === undefined ? key : `${key}=${value}`)),
    ...(user === undefined ? {} : { user }),
    ...(workingDir === undefined ? {} : { workingDir }),
    ...(stopSignal === undefined ? {} : { stopSignal }),
    volumes: volumes.flatMap(({ source, destination }) => (source.kind === "anonymous" ? [destination] : [])),
  };
}
