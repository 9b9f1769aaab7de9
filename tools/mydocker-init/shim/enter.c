#include "enter.h"

#include <errno.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "change-root.h"
#include "child.h"
#include "namespace.h"
#include "operations.h"
#include "spawn.h"
#include "start-time.h"
#include "sync.h"
#include "syscalls.h"
#include "text.h"

enum { PID, START, FLAGS };

// The user namespace of the process is another one, and can be joined: setns(2) refuses the one that the caller is in.
static bool in_other_user_namespace(pid_t pid) {
  char path[64];
  struct text text = TEXT(path);
  text_add(&text, "/proc/");
  text_add_signed(&text, pid);
  text_add(&text, "/ns/user");
  return !namespace_same(path, "/proc/self/ns/user");
}

// The parent only chooses the process. It never is in the container itself: there every path, /proc/self/fd too, leads to where
// the container wants it to, and no device cgroup holds for it.
int do_join_process(struct context *context, const struct operation *operation, struct error *error) {
  uint64_t start, pid = number_of(operation, PID);
  if (context->role != ROLE_ENTER || context->join >= 0) return fail(error, EINVAL, "join a process: only the role enter does, and one", NULL);
  if (pid == 0 || pid > INT32_MAX) return fail(error, EINVAL, "join a process: not a process id", NULL);
  int pidfd = kernel_pidfd_open((pid_t)pid);
  if (pidfd < 0) return fail(error, errno, "join the container's process", NULL);
  context->join = pidfd;
  context->join_flags = (int)number_of(operation, FLAGS);
  if ((context->join_flags & CLONE_NEWUSER) != 0 && !in_other_user_namespace((pid_t)pid)) context->join_flags &= ~CLONE_NEWUSER;
  // The descriptor is open, so a start time that is right now belongs to the process that it is of.
  if (start_time((pid_t)pid, &start) == 0 && start == number_of(operation, START)) return 0;
  return fail(error, ESRCH, "join the container's process: it has ended", NULL);
}

static int join_all(struct context *context, struct error *error) {
  if (context->join_flags != 0 && setns(context->join, context->join_flags) < 0) {
    return fail(error, errno, "join the container's namespaces", NULL);
  }
  if (enter_process_root(context, error) < 0) return -1;
  if ((context->join_flags & CLONE_NEWUSER) != 0 && become_namespace_root(error) < 0) return -1;
  // fs.suid_dumpable: another user may be dumpable again.
  return prctl(PR_SET_DUMPABLE, 0) < 0 ? fail(error, errno, "make the process undumpable", NULL) : 0;
}

// CVE-2016-9962, CVE-2019-5736: as soon as a process is in the container's pid namespace, its processes can stop it, and with
// CAP_SYS_PTRACE look into one that is not dumpable, too. So whoever appears there has been executed from the sealed
// copy before that, and has no descriptor that leads to the host.
int enter_container(struct context *context, struct error *error) {
  int joined = join_all(context, error);
  close(context->join);
  if (context->process_root >= 0) close(context->process_root);
  context->join = context->process_root = -1;
  if (joined < 0 || (context->join_flags & CLONE_NEWPID) == 0) return joined;
  struct clone_args arguments = {.flags = CLONE_PARENT};
  pid_t entered = kernel_clone3(&arguments);
  if (entered < 0) return fail(error, errno, "make a process in the container", NULL);
  // Not before the parent knows of it: what it says is of a child that the parent has.
  if (entered == 0) return await_record(context, error);
  const struct sync_message message = {.kind = SYNC_ENTERED, .pid = entered, .fd = -1};
  if (sync_send(context->sync, &message) < 0) kill(entered, SIGKILL);
  _exit(0);
}

int enter_await(struct context *context, struct error *error) {
  struct sync_message message;
  int status;
  if (context->join < 0 || (context->join_flags & CLONE_NEWPID) == 0) return 0;
  while (waitpid(context->child, &status, 0) < 0) {
    if (errno != EINTR) return fail(error, errno, "wait for the process that joins the container", NULL);
  }
  // It has said why; that is heard later, as everything that the child says.
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0) return 0;
  close(context->child_pidfd);
  context->child = 0;
  if (!WIFEXITED(status) || sync_receive(context->sync, &message, true) <= 0 || message.kind != SYNC_ENTERED) {
    return fail(error, 0, "the process was killed while it joined the container", NULL);
  }
  context->child = message.pid;
  context->child_pidfd = kernel_pidfd_open(message.pid);
  return context->child_pidfd >= 0 ? 0 : fail(error, errno, "watch the process in the container", NULL);
}
