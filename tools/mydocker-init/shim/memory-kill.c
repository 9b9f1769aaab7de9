#include "memory-kill.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "operations.h"

enum { EVENTS, LIMIT };

static const uint64_t MEBIBYTE = 1024 * 1024;

int do_memory_events(struct context *context, const struct operation *operation, struct error *error) {
  (void)error;
  context->memory_events = operation;
  return 0;
}

// A file of a line or a few, terminated. Empty where it cannot be read.
static void read_file(const char *path, char *content, size_t size) {
  content[0] = '\0';
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  ssize_t got = read(fd, content, size - 1);
  content[got < 0 ? 0 : got] = '\0';
  close(fd);
}

bool memory_killed(const struct context *context) {
  static const char KEY[] = "oom_kill ";
  char content[1024];
  if (context->memory_events == NULL) return false;
  read_file(text_of(context->memory_events, EVENTS), content, sizeof content);
  // The first of the file, or at the beginning of a line: "oom_kill_disable" and "oom_group_kill" are others.
  for (const char *line = content; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
    if (*line == '\n') line++;
    if (strncmp(line, KEY, sizeof KEY - 1) == 0) return line[sizeof KEY - 1] > '0' && line[sizeof KEY - 1] <= '9';
  }
  return false;
}

const char *memory_kill_message(const struct context *context, struct text *text) {
  char content[64];
  uint64_t limit;
  read_file(text_of(context->memory_events, LIMIT), content, sizeof content);
  content[strcspn(content, "\n")] = '\0';
  // v2 says "max" for no limit, v1 the largest number of whole pages.
  if (parse_decimal(content, INT64_MAX / 2, &limit) < 0) {
    text_add(text, "killed: the host had no memory left");
    return NULL;
  }
  text_add(text, "killed: over its ");
  text_add_number(text, limit % MEBIBYTE == 0 ? limit / MEBIBYTE : limit);
  text_add(text, limit % MEBIBYTE == 0 ? " MiB memory limit" : " byte memory limit");
  return "a higher --memory";
}
