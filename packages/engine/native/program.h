// Programs that this process has started.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

// What is kept of what a program writes: its end.
struct output {
  int fd;  // -1: it has ended, or is not kept
  uint8_t *data;
  size_t size, room;
};

struct program {
  pid_t pid;
  int process;  // pidfd; -1 when it has been reaped
  int status;   // as waitpid(2) has it
  bool late;    // killed, for its time was over
  uint8_t *input;
  size_t input_size, input_written;
  int input_fd;  // -1: nothing more to write
  struct output outputs[2];
  size_t kept;
  int64_t deadline;  // milliseconds of the monotonic clock; -1: none
  int64_t patience;  // until when its output is waited for, when it has ended; -1: it has not
};

struct program_request {
  char *file, **arguments, **environment;  // environment NULL: this process's
  char *directory;                         // NULL: this process's
  const uint8_t *input;
  size_t input_size;
  int64_t timeout;  // milliseconds; -1: none
  size_t kept;      // 0: output goes to /dev/null
};

// Returns the program's number, or -1 with errno set.
int program_open(const struct program_request *request);

pid_t program_pid(int number);

// Serves all programs until this one has ended. The result is valid until the next program_open. NULL with errno set.
const struct program *program_finish(int number);

int64_t milliseconds_now(void);
