// AppArmor and SELinux: what the command is to be confined to. The kernel keeps the wish until the next execve, and gives it to processes
// that are forked until then; so it is said behind the createContainer hooks and before the image has any say.
#include <errno.h>
#include <string.h>

#include "child.h"
#include "context.h"
#include "operations.h"
#include "syscalls.h"
#include "text.h"

enum { LABEL_LIMIT = 4096 };  // the kernel takes a page

// CVE-2019-16884, CVE-2025-52881: an image's /proc, or what is mounted over a part of it, can lead the write elsewhere, and the command
// would run without its profile. Hence a procfs of our own, which nobody else can mount anything over.
int do_apparmor(struct context *context, const struct operation *operation, struct error *error) {
  char value[LABEL_LIMIT];
  struct text text = TEXT(value);
  text_add(&text, "exec ");
  text_add(&text, text_of(operation, 0));
  if (text.used + 1 >= sizeof value) return fail(error, ENAMETOOLONG, "set the AppArmor profile", NULL);
  if (write_private_proc(context, "thread-self/attr/apparmor/exec", value, error) == 0) return 0;
  // Before Linux 5.8 the security modules share one file.
  bool old = error->number == ENOENT && strncmp(error->message, "open ", 5) == 0;
  if (old && write_private_proc(context, "thread-self/attr/exec", value, error) == 0) return 0;
  int number = error->number;
  fail(error, number, "process.apparmorProfile: set the profile ", text_of(operation, 0), NULL);
  if (number == ENOENT) return hint(error, "a profile that is loaded: aa-status lists them, apparmor_parser -r loads one", NULL);
  return number == EACCES || number == EPERM ? hint(error, "to run mydocker unconfined: its own profile does not allow the change", NULL) : -1;
}

int do_selinux(struct context *context, const struct operation *operation, struct error *error) {
  if (write_private_proc(context, "thread-self/attr/exec", text_of(operation, 0), error) == 0) return 0;
  int number = error->number;
  fail(error, number, "process.selinuxLabel: set the label ", text_of(operation, 0), NULL);
  return number == EINVAL ? hint(error, "a label of the policy that is loaded", NULL) : -1;
}
