// What goes on between a client's stdio and a container's attach socket. Used by attach.c only.
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "detach-keys.h"
#include "output.h"
#include "relay.h"
#include "terminal.h"

struct session {
  const char *path;  // of the socket, for messages
  const char *start; // FIFO that starts the container; NULL: nothing to start
  bool tty, feeds;   // --tty, --stdin
  bool keeps_signals; // --keep-signals: they are for the client, not for the container
  int socket, signals;
  pid_t parent;      // as it was when the session began
  bool ready;        // the monitor has room for one `i`
  struct terminal terminal;
  struct detach_keys detach;
  struct output out[2];
  struct output *pending; // the one of them that has not taken all of its message yet
  char message[2 + RELAY_OUTPUT];
};

// Returns the exit code once the container has ended, the client was detached, or something is wrong (which it says).
int session_run(struct session *session);
