// Namespaces and cgroups: made, joined, named.
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

#include "context.h"
#include "namespace.h"
#include "operations.h"
#include "syscalls.h"

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
