// The monitor's relay: a detached container's stdio, between its pipes (or its terminal's master), its log, and the clients of
// its attach socket. Protocol: docs/shim.md, "The attach socket".
//
// Errors: functions that can fail return -1 with errno set and leave nothing open. Nothing here prints.
//
// The caller's order:
//   relay_open          before the clone (operation `relay`)
//   dup2(relay.child[i], i) in the child; relay_started in the parent, right after the clone
//   relay_set_terminal  when the child has sent its terminal's master: before relay_run or from the watch's handler
//   relay_run           from the moment mydocker-init has given its permission; clients connect before `wait-start` is over
//   … exit.json, teardown …
//   relay_finish        says goodbye to the clients
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "log.h"

enum relay_flags {
  RELAY_STDIN_OPEN = 1,  // the container's stdin is a pipe; without it /dev/null
  RELAY_STDIN_ONCE = 2,  // it closes when the client that feeds it says so or goes away (docker's StdinOnce; no effect on a terminal)
  RELAY_TERMINAL = 4,    // stdio is a terminal, whose master arrives through relay_set_terminal
};

enum {
  RELAY_CLIENTS = 16,           // attached at the same time; one more is told so and sent away
  RELAY_OUTPUT = 64 * 1024,     // what is read from the container at a time: a pipe's capacity
  RELAY_INPUT = 32 * 1024,      // the largest `i` message
};

struct relay_client {
  int fd;           // -1: the slot is free
  bool owed;        // has yet to get the chunk of output that is being handed out
  bool deaf;        // gone as a reader; what it sent before that is still taken
  bool feeds;       // has sent `i`: stdin ends with it (RELAY_STDIN_ONCE)
  bool blocked;     // its next message is input that does not fit yet: not polled until there is room
  bool owed_ready;  // is to get an `r`
  bool owed_sync;   // is to get a `y`
};

// One in a process: its buffers are static, so that their pages cost nothing until data flows.
struct relay {
  uint64_t flags;
  int child[3];   // what the child makes its 0, 1, 2 (all close-on-exec; with a terminal each is /dev/null)
  int listener;   // the attach socket
  int source[2];  // read ends of stdout and stderr; with a terminal: its master, and -1. -1 once ended
  int sink;       // write end of stdin, or the terminal's master; -1: input is thrown away
  int slave;      // a terminal's slave, see terminal_hold
  bool sink_ends; // the sink is closed when the pending input is written
  bool resized;   // rows and columns hold what a client said before there was a terminal
  uint16_t rows, columns;
  struct log log;
  struct relay_client clients[RELAY_CLIENTS];
  int feeder;                  // the client whose input is pending, -1: none or gone
  size_t input_at, input_size; // pending input: input[input_at] to input[input_size]; both 0: none
  size_t output_size;          // bytes in output, the kind included
  char *input;                 // RELAY_INPUT bytes
  char *output;                // 1 + RELAY_OUTPUT bytes
};

// One more descriptor to watch while relay_run waits: the caller's socketpair with the child.
struct relay_watch {
  int fd;                                // -1: nothing to watch
  // Called on POLLIN and POLLHUP. False: do not watch it any longer (the caller closes it), but what is in `fd` now, if that is another.
  bool (*readable)(void *context, int fd);
  void *context;
};

// Opens the log (appending, mode 0640), makes the pipes and listens on the socket (SOCK_SEQPACKET, mode 0600; one that a killed
// monitor left is replaced; the path may be longer than sun_path). Everything is close-on-exec.
int relay_open(struct relay *relay, const char *log_path, const char *socket_path, uint64_t flags);

// The parent, once the child has its copies: closes relay->child.
void relay_started(struct relay *relay);

// Hands over the terminal's master (owned by the relay from here on, unless it fails) and gives it the size a client has asked for
// already.
int relay_set_terminal(struct relay *relay, int master);

// Relays until the process has ended and its output is in the log and with every client. Returns its wait status
// (WIFEXITED, …), or -1 with errno (poll or signalfd refused: the caller gives up on the container).
//
// Signals to the monitor: TERM, USR1, USR2 are passed to the process. All others that can be blocked are ignored: HUP, INT, QUIT of
// a terminal are none of a detached container's business. They stay BLOCKED after the return: whatever the
// caller starts then (teardown) has to begin with an empty signal mask.
int relay_run(struct relay *relay, pid_t pid, int pidfd, const struct relay_watch *watch);

// Sends every client, also those that connected meanwhile, the exit code and a message for its stderr (NULL: none), and closes all.
void relay_finish(struct relay *relay, int exit_code, const char *message);
