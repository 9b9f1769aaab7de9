// Ports at [::1] of containers that have no IPv6: a program that has connect(2) go to 127.0.0.1 in its place, where the firewall translates.
#pragma once

enum { EXIT_UNAVAILABLE = 1 };  // the kernel has no such programs, or whoever confines us forbids them

// The role `loopback6`: `--cgroup DIRECTORY --name NAME list|add|remove|set [PROTOCOL/PORT...]`. list and set print the ports that there were
// before, a line each.
int loopback6_role(int argc, char **argv);
