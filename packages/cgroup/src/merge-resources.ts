import type { OciResources } from "@mydocker/oci";

/**
 * Limits with others in front of them: sections are merged member by member; lists, and what has names of its own, entry by entry or as
 * a whole. What is not spoken of stays as it is.
 */
export function mergeResources(current: OciResources, given: OciResources): OciResources {
  return {
    ...current,
    ...given,
    ...(given.memory === undefined ? {} : { memory: { ...current.memory, ...given.memory } }),
    ...(given.cpu === undefined ? {} : { cpu: { ...current.cpu, ...given.cpu } }),
    ...(given.blockIO === undefined ? {} : { blockIO: { ...current.blockIO, ...given.blockIO } }),
    ...(given.network === undefined ? {} : { network: { ...current.network, ...given.network } }),
    ...(given.rdma === undefined ? {} : { rdma: { ...current.rdma, ...given.rdma } }),
    ...(given.unified === undefined ? {} : { unified: { ...current.unified, ...given.unified } }),
  };
}
