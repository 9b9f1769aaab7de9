#include "complain.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>

#include "errno-name.h"

enum { CANNOT_RUN = 126, NOT_FOUND = 127 };

void complain(const char *role, const char *what, const char *on, const char *why, const char *hint) {
  const char *name = why ? NULL : errno_name(errno), *text = why ? why : strerror(errno);
  const char *parts[] = {"mydocker-shim ", role, ": ", what, on ? ", " : "", on ? on : "", ": ", name ? name : "",
                         name ? " (" : "", text ? text : "unknown error", name ? ")" : "", hint ? "; try: " : "",
                         hint ? hint : "", "\n"};
  struct iovec vectors[sizeof parts / sizeof *parts];
  for (unsigned i = 0; i < sizeof parts / sizeof *parts; i++) vectors[i] = (struct iovec){(void *)parts[i], strlen(parts[i])};
  if (writev(2, vectors, sizeof parts / sizeof *parts) < 0) return; // nobody to tell
}

int complain_command(const char *role, const char *command) {
  int error = errno;
  complain(role, "run the command", command, NULL, NULL);
  return error == ENOENT ? NOT_FOUND : CANNOT_RUN;
}
