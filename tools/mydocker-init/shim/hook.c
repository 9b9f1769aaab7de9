#include "hook.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "operations.h"
#include "program.h"
#include "status.h"
#include "syscalls.h"
#include "text.h"

enum { PATH, TIMEOUT, BESIDE, STATE, ARGUMENT_COUNT, ARGUMENTS };

enum { HOOKS_LIMIT = 16, SAID_LIMIT = 600 };

struct hook {
  const struct operation *operation;
  pid_t pid;
  int said;          // memory file that is its stderr, -1: none
  int64_t deadline;  // milliseconds of the monotonic clock, -1: none
};

static struct hook running[HOOKS_LIMIT];
static size_t running_count;

static int64_t now(void) {
  struct timespec time = {0};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static int memory_file(const char *content) {
  int fd = memfd_create("mydocker-hook", MFD_CLOEXEC);
  size_t length = strlen(content);
  if (fd < 0) return -1;
  if (write(fd, content, length) == (ssize_t)length && lseek(fd, 0, SEEK_SET) == 0) return fd;
  close(fd);
  return -1;
}

static char **list(const struct operation *operation, uint32_t first, uint32_t end) {
  char **texts = calloc((size_t)(end - first) + 1, sizeof *texts);
  for (uint32_t i = first; texts != NULL && i < end; i++) texts[i - first] = (char *)text_of(operation, i);
  return texts;
}

static int start(const struct operation *operation, struct hook *hook) {
  uint64_t count = number_of(operation, ARGUMENT_COUNT);
  uint32_t middle = ARGUMENTS + (count > operation->count - ARGUMENTS ? operation->count - ARGUMENTS : (uint32_t)count);
  char **arguments = list(operation, ARGUMENTS, middle), **environment = list(operation, middle, operation->count);
  struct program program = {text_of(operation, PATH), arguments, environment, memory_file(text_of(operation, STATE)), -1, memory_file("")};
  int result = -1;
  if (arguments != NULL && environment != NULL && program.input >= 0) result = program_start(&program, &hook->pid);
  int number = errno;
  if (program.input >= 0) close(program.input);
  if (result < 0 && program.error >= 0) close(program.error);
  free(arguments);
  free(environment);
  uint64_t seconds = number_of(operation, TIMEOUT);
  hook->operation = operation;
  hook->said = program.error;
  hook->deadline = seconds == 0 || seconds > INT32_MAX ? -1 : now() + (int64_t)seconds * 1000;
  errno = number;
  return result;
}

void hook_start(const struct operation *operation) {
  if (number_of(operation, BESIDE) == 0 || running_count == HOOKS_LIMIT) hooks_wait();
  if (start(operation, &running[running_count]) == 0) {
    running_count++;
  } else {
    warning(NULL, "hook ", text_of(operation, PATH), ": ", strerrordesc_np(errno), NULL);
  }
}

static void wait_until(const struct hook *hook) {
  int pidfd = hook->deadline < 0 ? -1 : kernel_pidfd_open(hook->pid);
  if (pidfd < 0) return;
  struct pollfd ended = {.fd = pidfd, .events = POLLIN};
  for (int64_t left = hook->deadline - now(); left > 0; left = hook->deadline - now()) {
    if (poll(&ended, 1, (int)left) > 0) break;
  }
  if (ended.revents == 0) kill(hook->pid, SIGKILL);
  close(pidfd);
}

static void report(const struct hook *hook, int status) {
  char said[SAID_LIMIT + 1], end[32];
  struct text number = TEXT(end);
  bool killed = status >= 0 && WIFSIGNALED(status);
  ssize_t length = hook->said < 0 ? 0 : pread(hook->said, said, SAID_LIMIT, 0);
  while (length > 0 && (said[length - 1] == '\n' || said[length - 1] == ' ')) length--;
  said[length < 0 ? 0 : length] = '\0';
  text_add_signed(&number, killed ? WTERMSIG(status) : WEXITSTATUS(status));
  warning(NULL, "hook ", text_of(hook->operation, PATH), killed ? ": signal " : ": exit code ", end, said[0] == '\0' ? "" : ": ", said, NULL);
}

void hooks_wait(void) {
  for (size_t i = 0; i < running_count; i++) {
    wait_until(&running[i]);
    int status = program_wait(running[i].pid);
    if (status != 0) report(&running[i], status);
    if (running[i].said >= 0) close(running[i].said);
  }
  running_count = 0;
}
