// Namespaces and cgroups: made, joined, named.
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "change-root.h"
#include "context.h"
#include "namespace.h"
#include "operations.h"
#include "start-time.h"
#include "syscalls.h"
#include "text.h"

int do_cgroup(struct context *context, const struct operation *operation, struct error *error) {
  const char *path = text_of(operation, 0);
  if (context->cgroup_count == CGROUPS_LIMIT) return fail(error, E2BIG, "join ", path, ": too many cgroups", NULL);
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return fail(error, errno, "open ", path, NULL);
  context->cgroups[context->cgroup_count++] = fd;
  return 0;
}

int do_join_cgroups(struct context *context, const struct operation *operation, struct error *error) {
  (void)operation;
  for (uint32_t i = 0; i < context->cgroup_count; i++) {
    if (write(context->cgroups[i], "0", 1) != 1) {
      fail(error, errno, "join the cgroup", NULL);
      return error->number == ENOSPC ? hint(error, "give the cpuset cgroup its cpus and mems first", NULL) : -1;
    }
    close(context->cgroups[i]);
  }
  context->cgroup_count = 0;
  return 0;
}

// The user namespace of the process is another one, and can be joined: setns(2) refuses the one that the caller is in.
static bool in_other_user_namespace(pid_t pid) {
  char path[64];
  struct text text = TEXT(path);
  text_add(&text, "/proc/");
  text_add_signed(&text, pid);
  text_add(&text, "/ns/user");
  return !namespace_same(path, "/proc/self/ns/user");
}

static int join_pidfd(struct context *context, int pidfd, const struct operation *operation, struct error *error) {
  pid_t pid = (pid_t)number_of(operation, 0);
  int flags = (int)number_of(operation, 2);
  uint64_t start;
  // The descriptor is open, so a start time that is right now belongs to the process that it is of.
  if (start_time(pid, &start) < 0 || start != number_of(operation, 1)) {
    return fail(error, ESRCH, "join the container's process: it has ended", NULL);
  }
  // CVE-2016-9962: from here on the container's processes can see this one; they must not trace it.
  if (prctl(PR_SET_DUMPABLE, 0) < 0) return fail(error, errno, "make the process undumpable", NULL);
  if ((flags & CLONE_NEWUSER) != 0 && !in_other_user_namespace(pid)) flags &= ~CLONE_NEWUSER;
  context->other_user_namespace = (flags & CLONE_NEWUSER) != 0;
  if (flags != 0 && setns(pidfd, flags) < 0) return fail(error, errno, "join the container's namespaces", NULL);
  return enter_process_root(context, error);
}

int do_join_process(struct context *context, const struct operation *operation, struct error *error) {
  if (number_of(operation, 0) == 0 || number_of(operation, 0) > INT32_MAX) return fail(error, EINVAL, "join a process: not a process id", NULL);
  int pidfd = kernel_pidfd_open((pid_t)number_of(operation, 0));
  if (pidfd < 0) return fail(error, errno, "join the container's process", NULL);
  int result = join_pidfd(context, pidfd, operation, error);
  close(pidfd);
  return result;
}

int namespace_same(const char *path, const char *other) {
  struct stat one, two;
  return stat(path, &one) == 0 && stat(other, &two) == 0 && one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

int namespace_open_own(int type, struct error *error) {
  int fd = open(type == CLONE_NEWNET ? "/proc/self/ns/net" : "/proc/self/ns/ipc", O_RDONLY | O_CLOEXEC);
  return fd >= 0 ? fd : fail(error, errno, "open the namespaces of this process", NULL);
}

int namespace_join(const char *path, int type, struct error *error) {
  if (type == CLONE_NEWUSER && namespace_same(path, "/proc/self/ns/user")) return 0;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fail(error, errno, "open the namespace ", path, NULL);
  int result = setns(fd, type) < 0 ? fail(error, errno, "join the namespace ", path, NULL) : 1;
  close(fd);
  if (result < 0 && error->number == EINVAL) hint(error, "the path of a namespace of the type that the config gives it", NULL);
  return result;
}

int do_join(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  // Type 0 would be any: a path that is of another type than the config says is an error (config-linux.md#namespaces).
  if (number_of(operation, 1) == 0) return fail(error, EINVAL, "join the namespace ", text_of(operation, 0), ": no type given", NULL);
  return namespace_join(text_of(operation, 0), (int)number_of(operation, 1), error) < 0 ? -1 : 0;
}

int do_unshare(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  if (unshare((int)number_of(operation, 0)) == 0) return 0;
  return fail(error, errno, "make namespaces", NULL);
}

int do_hostname(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  if (sethostname(text_of(operation, 0), operation->arguments[0].length) == 0) return 0;
  fail(error, errno, "set the hostname ", text_of(operation, 0), NULL);
  return error->number == EINVAL ? hint(error, "a name of at most 64 bytes", NULL) : -1;
}

int do_domainname(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  if (setdomainname(text_of(operation, 0), operation->arguments[0].length) == 0) return 0;
  return fail(error, errno, "set the domain name ", text_of(operation, 0), NULL);
}
