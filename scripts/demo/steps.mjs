// What the demo shows, as data: a title and the command line under it.

/** Single tools, joined by a shell. */
export function pipelineSteps() {
  return [
    {
      title: "Four tools, one OCI config in the pipe: bundle an image, give it a network, limit it, run it",
      command: [
        "mydocker-image bundle --rm busybox -- sh -c 'ps; hostname; ip addr show eth0' \\",
        "  | mydocker-net attach \\",
        "  | mydocker-cgroup apply --memory 64m --cpus 0.5 \\",
        "  | mydocker-init run",
      ].join("\n"),
    },
    {
      title: "The config between two stages is plain JSON: jq changes what runs",
      command: [
        "mydocker-image bundle --rm busybox \\",
        `  | jq -c '.process.args=["id"]' \\`,
        "  | mydocker-init run",
      ].join("\n"),
    },
  ];
}

/** The same with the front end: a web server, detached. */
export function runSteps({ name, port, prune }) {
  const serve = "echo hello from $(hostname) > index.html; exec httpd -f -v -p 80";
  return [
    {
      title: "The front end joins the tools: a web server, detached, with a published port and limits",
      command: `mydocker run -d --init --name ${name} -p ${port}:80 -m 64m --cpus 0.5 -w /tmp busybox sh -c '${serve}'`,
    },
    {
      title: "A page from it, through the published port",
      command: `curl --silent --show-error --fail --retry 10 --retry-connrefused --max-time 20 http://127.0.0.1:${port}/`,
    },
    { title: "One more process in the container", command: `mydocker exec ${name} ps` },
    { title: "What runs", command: "mydocker ps" },
    { title: "What it said", command: `mydocker logs ${name}` },
    { title: "Stop it", command: `mydocker stop ${name}` },
    { title: "Remove it", command: `mydocker rm ${name}` },
    { title: "Remove whatever has no owner", command: prune },
  ];
}
