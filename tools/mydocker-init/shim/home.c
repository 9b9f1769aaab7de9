// HOME, where the config sets none: as the container's own /etc/passwd has it. The file is the image's, hence nothing is expected of it:
// it may be a link, a device, of any size, and say anything.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "context.h"
#include "operations.h"
#include "syscalls.h"
#include "text.h"

enum { PASSWD_LIMIT = 1024 * 1024, FIELD_UID = 2, FIELD_HOME = 5 };  // CVE-2024-9676: no honest one is larger

// All of it, terminated; NULL where there is none.
static char *read_passwd(void) {
  // The root is the container's by now.
  int fd = open("/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  struct stat status;
  char *text = NULL;
  if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) text = malloc(PASSWD_LIMIT + 1);
  size_t length = 0;
  while (text != NULL && length < PASSWD_LIMIT) {
    ssize_t got = read(fd, text + length, PASSWD_LIMIT - length);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    length += (size_t)got;
  }
  if (text != NULL) text[length] = '\0';
  if (fd >= 0) close(fd);
  return text;
}

// A field of a line, cut off from the rest; NULL where there is none.
static char *field(char *line, int index) {
  for (; index > 0; index--) {
    line = strchr(line, ':');
    if (line == NULL) return NULL;
    line++;
  }
  line[strcspn(line, ":")] = '\0';
  return line;
}

static const char *find_home(char *passwd, uint64_t uid) {
  char *rest = passwd;
  for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
    uint64_t number;
    // From behind, for a field ends where the next began.
    char *home = field(line, FIELD_HOME);
    if (home == NULL || home[0] != '/') continue;
    const char *id = field(line, FIELD_UID);
    if (id != NULL && parse_decimal(id, UINT32_MAX, &number) == 0 && number == uid) return home;
  }
  return "/";
}

int do_home(struct context *context, const struct operation *operation, struct error *error) {
  static const char name[] = "HOME=";
  char *passwd = read_passwd();
  const char *home = passwd == NULL ? "/" : find_home(passwd, number_of(operation, 0));
  size_t size = sizeof name + strlen(home), count = (size_t)context->environment_count + 1;
  char *variable = malloc(size);
  const char **longer = realloc(context->environment, (count + 1) * sizeof *longer);
  if (longer != NULL) context->environment = longer;
  if (variable == NULL || longer == NULL) {
    free(variable);
    free(passwd);
    return fail(error, ENOMEM, "make room for HOME", NULL);
  }
  struct text text = {variable, size, 0};
  text_add(&text, name);
  text_add(&text, home);
  longer[context->environment_count++] = variable;
  longer[context->environment_count] = NULL;
  free(passwd);
  return 0;
}
