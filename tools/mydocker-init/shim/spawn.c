#include "spawn.h"

#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "child.h"
#include "namespace.h"
#include "operations.h"
#include "sync.h"
#include "syscalls.h"
#include "text.h"

static pid_t clone_child(struct context *context, uint64_t flags, const int sockets[2]) {
  struct clone_args arguments = {
      .flags = flags | CLONE_PIDFD,
      .pidfd = (uintptr_t)&context->child_pidfd,
      // clone(2): a sibling has the signal of its maker.
      .exit_signal = (flags & CLONE_PARENT) != 0 ? 0 : SIGCHLD,
  };
  pid_t child = kernel_clone3(&arguments);
  if (child != 0) return child;
  close(sockets[0]);
  context->sync = sockets[1];
  become_init(context);
}

static pid_t clone_failed(struct error *error) {
  fail(error, errno, "make the container's process", NULL);
  if (error->number == EPERM) return hint(error, "run as root", NULL);
  if (error->number == ENOSPC) return hint(error, "fewer namespaces: /proc/sys/user/max_*_namespaces is reached", NULL);
  return -1;
}

// What the process in between tells the parent.
struct spawned {
  pid_t child;
  struct error error;
};

static int join_all(struct context *context, struct error *error) {
  for (uint32_t i = 0; i < context->plan.count; i++) {
    const struct operation *operation = &context->plan.operations[i];
    if (operation->kind->code != OPERATION_join_first) continue;
    int type = (int)number_of(operation, 1);
    int joined = namespace_join(text_of(operation, 0), type, error);
    if (joined < 0) return -1;
    if (type == CLONE_NEWUSER && joined > 0) context->other_user_namespace = true;
  }
  return 0;
}

// A process in between joins: the parent could not come back from a user namespace, and what it started later (hooks) would be born
// in the container's pid namespace. The child that it makes is the parent's own (CLONE_PARENT).
static _Noreturn void join_and_clone(struct context *context, uint64_t flags, const int sockets[2], int report) {
  struct spawned spawned = {.child = -1};
  // CVE-2016-9962: who is root in the namespaces that are joined must not trace this.
  if (prctl(PR_SET_DUMPABLE, 0) < 0) {
    fail(&spawned.error, errno, "make the process undumpable", NULL);
  } else if (join_all(context, &spawned.error) == 0) {
    spawned.child = clone_child(context, flags | CLONE_PARENT, sockets);
    if (spawned.child < 0) clone_failed(&spawned.error);
  }
  // Not more than PIPE_BUF: whole, or not at all.
  _exit(write(report, &spawned, sizeof spawned) == sizeof spawned ? 0 : EXIT_SHIM);
}

static pid_t spawn_through(struct context *context, uint64_t flags, const int sockets[2], struct error *error) {
  int report[2];
  struct spawned spawned;
  if (pipe2(report, O_CLOEXEC) < 0) return fail(error, errno, "make a pipe", NULL);
  pid_t between = fork();
  if (between == 0) join_and_clone(context, flags, sockets, report[1]);
  close(report[1]);
  if (between < 0) {
    close(report[0]);
    return clone_failed(error);
  }
  ssize_t got;
  do {
    got = read(report[0], &spawned, sizeof spawned);
  } while (got < 0 && errno == EINTR);
  close(report[0]);
  while (waitpid(between, NULL, 0) < 0 && errno == EINTR) continue;
  if (got != sizeof spawned) return fail(error, EPIPE, "join the namespaces: the process that does was killed", NULL);
  if (spawned.child < 0) {
    *error = spawned.error;
    return -1;
  }
  // Should it have ended, it still is there to be waited for: the number is its own.
  context->child_pidfd = kernel_pidfd_open(spawned.child);
  if (context->child_pidfd >= 0) return spawned.child;
  fail(error, errno, "watch the container's process", NULL);
  kill(spawned.child, SIGKILL);
  waitpid(spawned.child, NULL, 0);
  return -1;
}

pid_t spawn_child(struct context *context, uint64_t flags, const int sockets[2], struct error *error) {
  if ((flags & CLONE_NEWUSER) != 0) context->other_user_namespace = true;
  if (plan_find(&context->plan, OPERATION_join_first) != NULL) return spawn_through(context, flags, sockets, error);
  pid_t child = clone_child(context, flags, sockets);
  return child < 0 ? clone_failed(error) : child;
}

int write_child_file(pid_t pid, const char *name, const char *value, struct error *error) {
  char path[64];
  struct text text = TEXT(path);
  text_add(&text, "/proc/");
  text_add_signed(&text, pid);
  text_add(&text, "/");
  text_add(&text, name);
  size_t length = strlen(value);
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  ssize_t written = fd < 0 ? -1 : write(fd, value, length);
  int number = errno;
  if (fd >= 0) close(fd);
  if (written == (ssize_t)length) return 0;
  return fail(error, written < 0 ? number : EIO, "write ", value, " to /proc/PID/", name, " of the container's process", NULL);
}

static int set_child_file(const struct context *context, const struct operation *operation, struct error *error) {
  const char *name = text_of(operation, 0);
  if (write_child_file(context->child, name, text_of(operation, 1), error) == 0) return 0;
  bool refused = (error->number == EPERM || error->number == EINVAL) && strstr(name, "id_map") != NULL;
  return refused ? hint(error, "ids that this process has itself, each of them once", NULL) : -1;
}

// Only the upper bound, and only upwards: the rest is the process's own to set, when it has no more use for what it takes away.
static void raise_limit(const struct context *context, const struct operation *operation) {
  struct rlimit limit;
  int resource = (int)number_of(operation, 0);
  if (prlimit(context->child, resource, NULL, &limit) < 0 || limit.rlim_max >= number_of(operation, 1)) return;
  limit.rlim_max = number_of(operation, 1);
  // Where it is refused here, it is refused there, and `limit` warns.
  prlimit(context->child, resource, &limit, NULL);
}

int complete_child(struct context *context, struct error *error) {
  bool any = false;
  for (uint32_t i = 0; i < context->plan.count; i++) {
    const struct operation *operation = &context->plan.operations[i];
    if (operation->kind->code == OPERATION_child_limit) raise_limit(context, operation);
    if (operation->kind->code != OPERATION_child_file) continue;
    any = true;
    if (set_child_file(context, operation, error) < 0) return -1;
  }
  if (!any) return 0;
  const struct sync_message settled = {.kind = SYNC_SETTLED, .fd = -1};
  // A child that has failed meanwhile says so itself.
  if (sync_send(context->sync, &settled) < 0 && errno != EPIPE) return fail(error, errno, "let the container's process go on", NULL);
  return 0;
}

static int await_parent(struct context *context, struct error *error) {
  struct sync_message message;
  int got = sync_receive(context->sync, &message, true);
  if (got > 0 && message.kind == SYNC_SETTLED) return 0;
  return fail(error, got < 0 ? errno : EPIPE, "wait for the ids of the user namespace: the shim has ended", NULL);
}

static int write_offsets(const struct context *context, struct error *error) {
  for (uint32_t i = 0; i < context->plan.count; i++) {
    const struct operation *operation = &context->plan.operations[i];
    if (operation->kind->code != OPERATION_time_offset || text_of(operation, 0)[0] == '\0') continue;
    int fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
    if (fd < 0) return fail(error, errno, "open /proc/self/timens_offsets", NULL);
    ssize_t written = write(fd, text_of(operation, 0), operation->arguments[0].length);
    int number = errno;
    close(fd);
    if (written == (ssize_t)operation->arguments[0].length) continue;
    fail(error, written < 0 ? number : EIO, "set the time offset ", text_of(operation, 0), NULL);
    return number == ERANGE ? hint(error, "an offset that leaves the clock above zero, and below 146 years", NULL) : -1;
  }
  return 0;
}

// time_namespaces(7): unshare makes one for children; its offsets are fixed once a process is in it. Done here, so that only the
// container is ever in it, and before the process is another user, whom its own /proc files would not belong to.
static int enter_time(const struct context *context, struct error *error) {
  if (plan_find(&context->plan, OPERATION_time_offset) == NULL) return 0;
  if (unshare(CLONE_NEWTIME) < 0) return fail(error, errno, "make a time namespace", NULL);
  if (write_offsets(context, error) < 0) return -1;
  int fd = open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
  int result = fd < 0 || setns(fd, CLONE_NEWTIME) < 0 ? fail(error, errno, "enter the time namespace", NULL) : 0;
  if (fd >= 0) close(fd);
  return result;
}

int settle_in(struct context *context, struct error *error) {
  if (plan_find(&context->plan, OPERATION_child_file) != NULL && await_parent(context, error) < 0) return -1;
  if (enter_time(context, error) < 0) return -1;
  return context->other_user_namespace ? become_namespace_root(error) : 0;
}

int become_namespace_root(struct error *error) {
  if (setgroups(0, NULL) < 0 && errno != EPERM) return fail(error, errno, "leave the groups of the host", NULL);
  if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0) return fail(error, errno, "become root of the user namespace", NULL);
  return 0;
}

// Done when there is a process to do it to, or by the process in between: see above.

int do_child_file(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  if (strchr(text_of(operation, 0), '/') == NULL) return 0;
  return fail(error, EINVAL, "write a file of the container's process: not a name: ", text_of(operation, 0), NULL);
}

int do_child_limit(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  (void)operation;
  (void)error;
  return 0;
}

int do_join_first(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  if (number_of(operation, 1) != 0) return 0;
  return fail(error, EINVAL, "join the namespace ", text_of(operation, 0), ": no type given", NULL);
}

int do_time_offset(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  (void)operation;
  (void)error;
  return 0;
}
