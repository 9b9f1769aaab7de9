// What whoever calls an OCI runtime has asked to be given once the container is there: the terminal's master and the process's pidfd over
// sockets of theirs, the pid in a file.
#pragma once

#include "error.h"

struct context;

struct caller {
  int console;             // a connected socket, -1: none asked for
  int pidfd;               // the same
  const char *pidfd_text;  // what goes with the pidfd
  int pid_directory;       // -1: no pid file
  const char *pid_name;
  int failure_code;        // the exit code of every failure; 0: each its own
};

#define CALLER_NONE ((struct caller){.console = -1, .pidfd = -1, .pid_directory = -1})

// Sends the terminal's master, and is done with the socket. The master stays the caller's of this function.
int caller_send_terminal(struct context *context, int master, struct error *error);

// The container is there: sends the pidfd, and last writes the pid file, by whose presence it is known.
int caller_tell(struct context *context, struct error *error);
