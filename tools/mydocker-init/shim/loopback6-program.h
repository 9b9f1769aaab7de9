// The program for [::1], and the map of ports that it looks into. Neither has a file: the kernel keeps both for as long as the program is
// attached, and it is found again by its name.
#pragma once

#include <stdint.h>

#include "error.h"

// A key of the map, as the program has it: sockets of other network namespaces are not found in it.
struct loopback6_port {
  uint64_t namespace;  // its cookie
  uint32_t protocol;   // IPPROTO_TCP or IPPROTO_UDP
  uint32_t port;       // in the order of the network
};

enum { LOOPBACK6_PORT_LIMIT = 16384 };

// Descriptors; -1: none.
struct loopback6 {
  int program, map;
};

#define LOOPBACK6_NONE ((struct loopback6){-1, -1})

// Looks for the program among those of the cgroup. Found or not, 0.
int loopback6_find(int cgroup, const char *name, struct loopback6 *found, struct error *error);

// Makes both, not yet attached.
int loopback6_make(const char *name, struct loopback6 *made, struct error *error);

void loopback6_close(const struct loopback6 *opened);

// Adding what is there, and deleting what is not, is success.
int loopback6_add(int map, const struct loopback6_port *port, struct error *error);
int loopback6_delete(int map, const struct loopback6_port *port, struct error *error);

// The port behind one, in the map's own order; behind NULL the first. Returns 0 where there is none, else 1.
int loopback6_next(int map, const struct loopback6_port *port, struct loopback6_port *next, struct error *error);
