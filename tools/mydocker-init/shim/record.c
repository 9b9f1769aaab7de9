#include "record.h"

#include <errno.h>
#include <stdio.h>  // rename
#include <string.h>

#include "operations.h"
#include "start-time.h"
#include "syscalls.h"
#include "text.h"
#include "write-all.h"

enum { PATH, PIECES, NUMBERS = 4 };

int do_record(struct context *context, const struct operation *operation, struct error *error) {
  uint32_t pieces = operation->count - PIECES;
  if (pieces == 0 || pieces > NUMBERS + 1) return fail(error, EINVAL, "record: one to five pieces are expected", NULL);
  if (context->record != NULL) return fail(error, EINVAL, "record: there is one already", NULL);
  context->record = operation;
  return 0;
}

static int write_pieces(int fd, const struct operation *operation, const uint64_t *numbers) {
  for (uint32_t i = PIECES; i < operation->count; i++) {
    char digits[24];
    struct text text = TEXT(digits);
    if (write_all(fd, text_of(operation, i), operation->arguments[i].length) < 0) return -1;
    if (i + 1 == operation->count) break;
    text_add_number(&text, numbers[i - PIECES]);
    if (write_all(fd, digits, text.used) < 0) return -1;
  }
  return 0;
}

int record_write(const struct context *context, struct error *error) {
  const struct operation *operation = context->record;
  uint64_t numbers[NUMBERS] = {(uint64_t)context->child, 0, (uint64_t)getpid(), 0};
  char temporary[4096];
  struct text name = TEXT(temporary);
  if (operation == NULL) return 0;
  const char *path = text_of(operation, PATH);
  if (start_time(context->child, &numbers[1]) < 0 || start_time(getpid(), &numbers[3]) < 0) {
    return fail(error, errno, "look up the container's process in /proc", NULL);
  }
  text_add(&name, path);
  text_add(&name, ".");
  text_add_signed(&name, getpid());
  text_add(&name, ".tmp");
  int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return fail(error, errno, "write ", path, NULL);
  int result = write_pieces(fd, operation, numbers);
  if (close(fd) < 0) result = -1;
  if (result == 0 && rename(temporary, path) == 0) return 0;
  fail(error, errno, "write ", path, NULL);
  unlink(temporary);
  return -1;
}
