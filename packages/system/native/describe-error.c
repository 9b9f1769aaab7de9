#include "describe-error.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "errno-name.h"

static void quote(char quoted[1024], const char *before, const char *path) {
  if (path == NULL) quoted[0] = '\0';
  else snprintf(quoted, 1024, "%s'%.700s'", before, path);
}

const char *describe_error(char message[ERROR_MESSAGE_SIZE], int number, const char *syscall, const char *path, const char *destination) {
  char from[1024], to[1024];
  const char *code = errno_name(number), *text = strerror(number);
  quote(from, " ", path);
  quote(to, " -> ", destination);
  snprintf(message, ERROR_MESSAGE_SIZE, "%s: %c%s, %s%.710s%.710s", code, tolower((unsigned char)text[0]), text + 1, syscall, from, to);
  return code;
}
