#include "front.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "error-log.h"
#include "operations.h"
#include "status.h"
#include "teardown.h"

// Waits for the monitor's word. Does not come back.
static _Noreturn void wait_in_front(const struct context *context, int monitor, const char *line) {
  struct error error;
  unsigned char code;
  ssize_t got;
  do {
    got = read(monitor, &code, 1);
  } while (got < 0 && errno == EINTR);
  if (got != 1) {
    fail(&error, 0, "the container's monitor was killed before the container was ready", NULL);
    status_error(NULL, &error);
    error_log_write(NULL, &error);
    // How far it had come, nobody knows.
    run_failure(context, true);
    _exit(EXIT_SHIM);
  }
  for (size_t left = code == 0 ? strlen(line) : 0; left > 0;) {
    ssize_t written = write(STDOUT_FILENO, line, left);
    if (written < 0 && errno == EINTR) continue;
    // Nobody to read it: the container runs all the same.
    if (written < 0) break;
    line += written;
    left -= (size_t)written;
  }
  _exit(code);
}

int do_detach(struct context *context, const struct operation *operation, struct error *error) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return fail(error, errno, "make a pipe", NULL);
  pid_t monitor = fork();
  if (monitor < 0) {
    fail(error, errno, "make the monitor's process", NULL);
    close(ends[0]);
    close(ends[1]);
    return -1;
  }
  close(ends[monitor == 0 ? 0 : 1]);
  if (monitor > 0) wait_in_front(context, ends[0], text_of(operation, 0));
  context->front = ends[1];
  // A terminal's signals are the front's.
  if (setsid() < 0) return fail(error, errno, "begin a session", NULL);
  return 0;
}

int tell_front(struct context *context, int code) {
  unsigned char byte = (unsigned char)code;
  if (context->front < 0) return 0;
  ssize_t written = write(context->front, &byte, 1);
  close(context->front);
  context->front = -1;
  return written == 1 ? 0 : -1;
}
