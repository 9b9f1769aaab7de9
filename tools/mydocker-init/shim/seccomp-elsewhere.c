// The role `seccomp` of a shim without libseccomp: mydocker-seccomp, the same program with it, has that one.
#include <errno.h>

#include "operations.h"
#include "seccomp-compile.h"

static int elsewhere(struct error *error) {
  return fail(error, ENOSYS, "compile a filter: mydocker-seccomp does that", NULL);
}

int seccomp_compile(const struct plan *plan, int output, const struct operation **failed, struct error *error) {
  (void)plan;
  (void)output;
  *failed = NULL;
  return elsewhere(error);
}

// The table wants a function for every kind.

int do_filter(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  (void)operation;
  return elsewhere(error);
}

int do_architecture(struct context *context, const struct operation *operation, struct error *error) {
  return do_filter(context, operation, error);
}

int do_rule(struct context *context, const struct operation *operation, struct error *error) { return do_filter(context, operation, error); }
