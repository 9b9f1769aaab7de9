/** Lines that docker too puts first. */
const LOCAL = [
  "127.0.0.1\tlocalhost",
  "::1\tlocalhost ip6-localhost ip6-loopback",
  "fe00::\tip6-localnet",
  "ff00::\tip6-mcastprefix",
  "ff02::1\tip6-allnodes",
  "ff02::2\tip6-allrouters",
];

/**
 * The container's /etc/hosts.
 *
 * @param self its own address without prefix length and its names, where it has an address
 * @param others more lines, as docker's `--add-host` has them
 */
export function renderHosts(
  self?: { address: string; hostname: string; domainname?: string },
  others: { name: string; address: string }[] = [],
): string {
  const lines = [...LOCAL, ...others.map(({ name, address }) => `${address}\t${name}`)];
  if (self !== undefined && self.hostname !== "") {
    const full = self.domainname === undefined ? "" : `${self.hostname}.${self.domainname} `;
    lines.push(`${self.address}\t${full}${self.hostname}`);
  }
  return lines.map((line) => `${line}\n`).join("");
}
