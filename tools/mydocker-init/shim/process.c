// What a process is besides its user: its session, its directory, its environment, what it may ask of the kernel.
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "context.h"
#include "operations.h"
#include "syscalls.h"

int do_session(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  (void)operation;
  if (setsid() >= 0 || getsid(0) == getpid()) return 0;
  return fail(error, errno, "begin a session", NULL);
}

int do_umask(struct context *context, const struct operation *operation, struct error *error) {
  (void)error;
  // Kept for `execute`: what is made until then gets the mode it is to have.
  context->umask = (mode_t)number_of(operation, 0) & 0777;
  return 0;
}

int do_directory(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  char where[PATH_MAX];
  const char *path = text_of(operation, 0);
  if (chdir(path) < 0) {
    fail(error, errno, "change the directory to ", path, NULL);
    return error->number == ENOENT ? hint(error, "a directory that the container has", NULL) : -1;
  }
  // CVE-2024-21626: a directory outside of the root, reached through a descriptor, has no path. The system call itself: glibc's
  // getcwd would go looking for one.
  if (syscall(SYS_getcwd, where, sizeof where) > 0 && where[0] == '/') return 0;
  return fail(error, EXDEV, "change the directory to ", path, ": it is outside of the container", NULL);
}

// May come several times: each adds to those before it.
int do_environment(struct context *context, const struct operation *operation, struct error *error) {
  size_t count = (size_t)context->environment_count + operation->count;
  const char **longer = realloc(context->environment, (count + 1) * sizeof *longer);
  if (longer == NULL) return fail(error, ENOMEM, "make room for the environment", NULL);
  for (uint32_t i = 0; i < operation->count; i++) longer[context->environment_count++] = text_of(operation, i);
  longer[count] = NULL;
  context->environment = longer;
  return 0;
}

int do_no_new_privileges(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  (void)operation;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) return 0;
  return fail(error, errno, "forbid new privileges", NULL);
}
