// Becomes another program.
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "functions.h"
#include "value.h"

static void free_list(char **texts) {
  for (size_t i = 0; texts != NULL && texts[i] != NULL; i++) free(texts[i]);
  free(texts);
}

// An array of strings, terminated by NULL.
static char **list_argument(const struct call *call, size_t index) {
  uint32_t count;
  if (napi_get_array_length(call->env, call->arguments[index], &count) != napi_ok) return NULL;
  char **texts = calloc((size_t)count + 1, sizeof *texts);
  for (uint32_t i = 0; texts != NULL && i < count; i++) {
    struct call element = {.env = call->env, .count = 1};
    if (napi_get_element(call->env, call->arguments[index], i, &element.arguments[0]) == napi_ok) texts[i] = text_argument(&element, 0);
    if (texts[i] != NULL) continue;
    free_list(texts);
    return NULL;
  }
  return texts;
}

// Memory is given back when the last process that shares it lets go. The engine's takes 3 to 5 ms, which the new program would
// wait for. So a child that shares the memory, and nothing else, outlives the execve: it waits at a pipe, which that closes.
struct heir {
  int ends[2];
  char stack[2][4096] __attribute__((aligned(16)));
};

// The memory, and errno in it, is shared with a program that goes on: plain system calls, whose failure nobody looks at.
static int wait_for_execve(void *given) {
  const struct heir *heir = given;
  unsigned int end = (unsigned int)heir->ends[0];
  char byte;
  // Its descriptors are copies: nobody is to wait for the end of a pipe that it holds.
  if (end > 0) syscall(SYS_close_range, 0, end - 1, 0);
  syscall(SYS_close_range, end + 1, ~0U, 0);
  syscall(SYS_read, end, &byte, 1);
  syscall(SYS_exit_group, 0);
  return 0;
}

// An orphan from its birth: whoever reaps orphans reaps it, and the new program has no child that it knows nothing of.
static int bear_heir(void *given) {
  struct heir *heir = given;
  clone(wait_for_execve, heir->stack[1] + sizeof heir->stack[1], CLONE_VM, heir);
  syscall(SYS_exit_group, 0);
  return 0;
}

// What fails here costs time, nothing else.
static void leave_memory_behind(struct heir *heir) {
  if (pipe2(heir->ends, O_CLOEXEC) < 0) return;
  pid_t child = clone(bear_heir, heir->stack[0] + sizeof heir->stack[0], CLONE_VM | CLONE_VFORK | SIGCHLD, heir);
  if (child > 0) waitpid(child, NULL, 0);
  close(heir->ends[0]);
}

// Bun makes what its caller has left open close-on-exec when it starts, but for 3, which it takes for its own. The `kept` from 3 on are
// for the new program, and no other is.
static bool choose_descriptors(napi_env env, unsigned int kept) {
  syscall(SYS_close_range, 3 + kept, ~0U, CLOSE_RANGE_CLOEXEC);
  for (unsigned int fd = 3; fd < 3 + kept; fd++) {
    if (fcntl((int)fd, F_SETFD, 0) == 0) continue;
    throw_errno(env, errno, "fcntl", NULL, NULL);
    return false;
  }
  return true;
}

// (file, arguments, environment, how many descriptors from 3 on the program gets). The engine's threads end with execve, and it has blocked no signal that its program should get; but a mask survives execve.
napi_value process_execute(napi_env env, napi_callback_info info) {
  static struct heir heir = {.ends = {-1, -1}};
  struct call call;
  sigset_t none;
  int64_t kept;
  if (!call_open(&call, env, info)) return NULL;
  char *file = text_argument(&call, 0);
  char **arguments = file == NULL ? NULL : list_argument(&call, 1);
  char **environment = arguments == NULL ? NULL : list_argument(&call, 2);
  bool chosen = environment != NULL && number_argument(&call, 3, &kept) && choose_descriptors(env, (unsigned int)kept);
  if (chosen && sigemptyset(&none) == 0 && sigprocmask(SIG_SETMASK, &none, NULL) == 0) {
    leave_memory_behind(&heir);
    execve(file, arguments, environment);
    int number = errno;
    if (heir.ends[1] >= 0) close(heir.ends[1]);
    throw_errno(env, number, "execve", file, NULL);
  }
  free_list(environment);
  free_list(arguments);
  free(file);
  return NULL;
}
