#include "hook-run.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "program.h"
#include "syscalls.h"
#include "text.h"

enum {
  LOOK_AGAIN = 20,   // milliseconds
  PIPE_READS = 256,  // of 4096 bytes: a pipe holds no more (fs.pipe-max-size)
};

static int64_t now(void) {
  struct timespec time = {0};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

// A memory file, not a pipe: a hook need not read it, and whoever writes it need not wait, nor be killed by SIGPIPE.
static int state_file(const struct hook_call *call) {
  char digits[24];
  struct text pid = TEXT(digits);
  text_add_signed(&pid, call->pid);
  const char *pieces[] = {call->before, digits, call->after};
  int fd = memfd_create("mydocker-state", MFD_CLOEXEC);
  if (fd < 0) return -1;
  for (size_t i = 0; i < 3; i++) {
    size_t length = strlen(pieces[i]);
    if (write(fd, pieces[i], length) == (ssize_t)length) continue;
    close(fd);
    return -1;
  }
  if (lseek(fd, 0, SEEK_SET) == 0) return fd;
  close(fd);
  return -1;
}

int hook_start(struct hook *hook, const struct hook_call *call) {
  int ends[2];
  *hook = (struct hook){.pidfd = -1, .output = -1, .deadline = -1};
  int input = state_file(call);
  if (input < 0) return -1;
  if (pipe2(ends, O_CLOEXEC) < 0) {
    close(input);
    return -1;
  }
  struct program program = {call->path, call->arguments, call->environment, input, ends[1], ends[1]};
  int result = program_start(&program, &hook->pid);
  int number = errno;
  close(input);
  close(ends[1]);
  if (result < 0) {
    close(ends[0]);
    errno = number;
    return -1;
  }
  hook->output = ends[0];
  hook->pidfd = kernel_pidfd_open(hook->pid);
  // Longer than 68 years is no time limit.
  if (call->timeout != 0 && call->timeout <= INT32_MAX) hook->deadline = now() + (int64_t)call->timeout * 1000;
  return 0;
}

// Keeps the end of what has been said: the reason for a failure comes last.
static bool take_output(struct hook *hook) {
  char bytes[4096];
  ssize_t got = read(hook->output, bytes, sizeof bytes);
  if (got < 0 && errno == EINTR) return true;
  if (got <= 0) {
    close(hook->output);
    hook->output = -1;
    return false;
  }
  size_t length = (size_t)got, keep = HOOK_SAID_LIMIT / 2;
  if (length > HOOK_SAID_LIMIT - keep) {
    memcpy(hook->said, bytes + length - (HOOK_SAID_LIMIT - keep), HOOK_SAID_LIMIT - keep);
    hook->said_length = HOOK_SAID_LIMIT - keep;
    return true;
  }
  if (hook->said_length + length > HOOK_SAID_LIMIT) {
    memmove(hook->said, hook->said + hook->said_length - keep, keep);
    hook->said_length = keep;
  }
  memcpy(hook->said + hook->said_length, bytes, length);
  hook->said_length += length;
  return true;
}

// False while it runs. Once it has ended, what is in the pipe is all that is its own: another process, which it left behind, may hold
// the pipe open, and may never stop talking.
static bool has_ended(struct hook *hook) {
  pid_t got = waitpid(hook->pid, &hook->status, WNOHANG);
  if (got == 0 || (got < 0 && errno == EINTR)) return false;
  if (got < 0) hook->status = -1;
  struct pollfd output = {.fd = hook->output, .events = POLLIN};
  for (int reads = 0; reads < PIPE_READS && hook->output >= 0 && poll(&output, 1, 0) > 0; reads++) {
    if (!take_output(hook)) break;
  }
  if (hook->output >= 0) close(hook->output);
  if (hook->pidfd >= 0) close(hook->pidfd);
  hook->output = hook->pidfd = -1;
  hook->ended = true;
  return true;
}

// Milliseconds that poll may take: until the first deadline, -1 where there is none. A hook without a pidfd has to be looked for.
static int patience(const struct hook *hooks, size_t count) {
  int64_t least = -1;
  for (size_t i = 0; i < count; i++) {
    int64_t left = -1;
    if (hooks[i].ended) continue;
    if (hooks[i].deadline >= 0 && !hooks[i].late) left = hooks[i].deadline > now() ? hooks[i].deadline - now() : 0;
    if (hooks[i].pidfd < 0 && (left < 0 || left > LOOK_AGAIN)) left = LOOK_AGAIN;
    if (left >= 0 && (least < 0 || left < least)) least = left;
  }
  return least > INT32_MAX ? INT32_MAX : (int)least;
}

static void kill_late(struct hook *hook) {
  if (hook->deadline < 0 || hook->late || hook->deadline > now()) return;
  hook->late = true;
  kill(hook->pid, SIGKILL);
}

void hook_wait(struct hook *hooks, size_t count) {
  struct pollfd waiting[2 * HOOKS_AT_ONCE];
  if (count > HOOKS_AT_ONCE) count = HOOKS_AT_ONCE;
  for (;;) {
    size_t left = 0;
    for (size_t i = 0; i < count; i++) {
      if (!hooks[i].ended && !has_ended(&hooks[i])) left++;
      waiting[2 * i] = (struct pollfd){.fd = hooks[i].pidfd, .events = POLLIN};
      waiting[2 * i + 1] = (struct pollfd){.fd = hooks[i].output, .events = POLLIN};
    }
    if (left == 0) return;
    // A failure other than EINTR, for lack of memory, is a reason to look again, not to leave a hook behind.
    if (poll(waiting, 2 * count, patience(hooks, count)) > 0) {
      for (size_t i = 0; i < count; i++) {
        if (waiting[2 * i + 1].revents != 0) take_output(&hooks[i]);
      }
    }
    for (size_t i = 0; i < count; i++) {
      if (!hooks[i].ended) kill_late(&hooks[i]);
    }
  }
}

int hook_result(const struct hook *hook, const char *kind, const char *path, struct error *error) {
  char digits[24], said[HOOK_SAID_LIMIT + 1];
  struct text number = TEXT(digits);
  bool killed = hook->status >= 0 && WIFSIGNALED(hook->status);
  size_t length = hook->said_length;
  if (hook->status == 0) return 0;
  while (length > 0 && (hook->said[length - 1] == '\n' || hook->said[length - 1] == ' ')) length--;
  memcpy(said, hook->said, length);
  said[length] = '\0';
  text_add_signed(&number, killed ? WTERMSIG(hook->status) : WEXITSTATUS(hook->status));
  const char *how = hook->late ? ": killed, for its timeout is over" : killed ? ": signal " : ": exit code ";
  return fail(error, 0, kind, " hook ", path, how, hook->late ? "" : digits, length == 0 ? "" : ": ", said, NULL);
}
