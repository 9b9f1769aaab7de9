#include "answer.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "operations.h"
#include "syscalls.h"

// For writing only: so it can be told whether somebody reads it. A FIFO can be opened so while a reader has it open.
int do_start_answer(struct context *context, const struct operation *operation, struct error *error) {
  const char *path = text_of(operation, 0);
  if (mkfifo(path, 0600) < 0) return fail(error, errno, "make the FIFO ", path, NULL);
  int reader = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
  if (reader < 0) return fail(error, errno, "open the FIFO ", path, NULL);
  context->answer = open(path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
  if (context->answer < 0) fail(error, errno, "open the FIFO ", path, NULL);
  close(reader);
  return context->answer < 0 ? -1 : 0;
}

bool answer_start(struct context *context, int exit_code, const char *message) {
  unsigned char code = (unsigned char)exit_code;
  const struct iovec parts[] = {{&code, 1}, {(void *)message, strlen(message)}};
  if (context->answer < 0) return false;
  signal(SIGPIPE, SIG_IGN);
  ssize_t written;
  do {
    written = writev(context->answer, parts, 2);
  } while (written < 0 && errno == EINTR);
  answer_close(context);
  return written > 0;
}

void answer_close(struct context *context) {
  if (context->answer >= 0) close(context->answer);
  context->answer = -1;
}
