// What parent and child tell each other, over a socketpair (SOCK_SEQPACKET: a message is a message).
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "error.h"

enum sync_kind {
  SYNC_READY = 'R',      // at wait-start
  SYNC_EXECUTING = 'X',  // execve is next: end of file behind this means that it succeeded
  SYNC_TERMINAL = 'T',   // with the terminal's master
  SYNC_SETTLED = 'S',    // from the parent, before the re-execution: what it does to the new process from outside is done
  SYNC_ENTERED = 'J',    // with the pid of the process that is in the container
  SYNC_GO = 'G',         // from the parent: the record of the container is written
  SYNC_HOOK = 'H',       // the parent is to run the hook of the operation `index`, and to answer
  SYNC_HOOK_DONE = 'D',  // from the parent: it has; from the process that runs poststart hooks: all of them
  SYNC_HOOKED = 'h',     // the child runs a hook itself: from here on there is something for poststop hooks to undo
  SYNC_WARNING = 'W',    // a line for the log
  SYNC_FAILED = 'E',     // exit code, whether it has been reported, and a line for people
};

struct sync_message {
  char kind;
  char reported;            // SYNC_FAILED: the status descriptor has it already
  unsigned char exit_code;  // SYNC_FAILED
  pid_t pid;                // SYNC_ENTERED
  int fd;                   // SYNC_TERMINAL: the receiver's to close; else -1
  uint32_t index;           // SYNC_HOOK; of SYNC_GO: the child's pid, as the parent sees it
  char text[1200];          // SYNC_FAILED, SYNC_WARNING
};

// Sends a message; with SYNC_TERMINAL its descriptor, which stays the sender's. -1 with errno.
int sync_send(int socket, const struct sync_message *message);

// Receives one. 1, or 0 at the end of the stream, or -1 with errno.
int sync_receive(int socket, struct sync_message *message, bool wait);
