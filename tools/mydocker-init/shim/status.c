#include "status.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "errno-name.h"
#include "message.h"
#include "operations.h"
#include "text.h"

// What a line may hold of each; together well below PIPE_BUF (4096).
enum { ARGUMENTS_LIMIT = 1200, MESSAGE_LIMIT = 1000, HINT_LIMIT = 700 };

static int status = -1;
static bool events;

void status_open(int fd, bool as_events) {
  status = fd;
  events = as_events;
}

bool status_has_events(void) { return events; }

void status_close(void) {
  if (status >= 0) close(status);
  status = -1;
}

int status_descriptor(void) { return status; }

static void send_line(struct text *text) {
  if (status < 0 || !events) return;
  text_add(text, "}\n");
  while (write(status, text->data, text->used) < 0 && errno == EINTR) continue;
}

static void begin(struct text *text, const char *event) {
  text_add(text, "{\"event\":\"");
  text_add(text, event);
  text_add(text, "\"");
}

static void member(struct text *text, const char *name, const char *value, size_t limit) {
  text_add(text, ",\"");
  text_add(text, name);
  text_add(text, "\":");
  text_add_json(text, value, limit);
}

static void member_number(struct text *text, const char *name, int64_t value) {
  text_add(text, ",\"");
  text_add(text, name);
  text_add(text, "\":");
  text_add_signed(text, value);
}

// The arguments as a person would write them. An environment is counted only: it holds secrets, and a trace gets shared.
static void describe_arguments(struct text *text, const struct operation *operation) {
  if (operation->kind->code == OPERATION_environment) {
    text_add_number(text, operation->count);
    text_add(text, " variables");
    return;
  }
  uint32_t count = operation->count;
  // Of a record, its path: the pieces of its text say nothing that is not in the file. A hook has an environment, too.
  if (operation->kind->code == OPERATION_record) count = 1;
  if (strcmp(operation->kind->signature, HOOK_SIGNATURE) == 0) count = 2;
  for (uint32_t i = 0; i < count; i++) {
    const struct argument *argument = &operation->arguments[i];
    if (i > 0) text_add(text, " ");
    if (argument->type == ARGUMENT_NUMBER) {
      text_add_number(text, argument->number);
    } else if (argument->type == ARGUMENT_TEXT) {
      text_add(text, argument->text);
    } else {
      text_add_number(text, argument->length);
      text_add(text, " bytes");
    }
  }
}

static void members_of(struct text *text, const struct operation *operation) {
  char arguments[ARGUMENTS_LIMIT];
  struct text described = TEXT(arguments);
  if (operation == NULL) return;
  arguments[0] = '\0';
  describe_arguments(&described, operation);
  member(text, "operation", operation->kind->name, 64);
  member_number(text, "index", operation->index);
  member(text, "arguments", arguments, ARGUMENTS_LIMIT);
}

void status_created(pid_t pid, pid_t shim) {
  char line[256];
  struct text text = TEXT(line);
  begin(&text, "created");
  member_number(&text, "pid", pid);
  member_number(&text, "shim", shim);
  send_line(&text);
}

void status_ready(void) {
  char line[64];
  struct text text = TEXT(line);
  begin(&text, "ready");
  send_line(&text);
}

// "    0.123 ms  mount proc proc /proc"
static void tell_trace(const struct operation *operation, uint64_t nanoseconds) {
  char line[ARGUMENTS_LIMIT + 128], number[24], fraction[24];
  struct text text = TEXT(line), whole = TEXT(number), rest = TEXT(fraction);
  uint64_t microseconds = (nanoseconds + 500) / 1000;
  text_add_number(&whole, microseconds / 1000);
  text_add_number(&rest, 1000 + microseconds % 1000);
  line[0] = '\0';
  for (size_t width = whole.used; width < 5; width++) text_add(&text, " ");
  text_add(&text, number);
  text_add(&text, ".");
  text_add(&text, fraction + 1);
  text_add(&text, " ms  ");
  text_add(&text, operation->kind->name);
  text_add(&text, " ");
  describe_arguments(&text, operation);
  message_write(status, "info", line, NULL, NULL);
}

void status_trace(const struct operation *operation, uint64_t nanoseconds) {
  char line[4096];
  struct text text = TEXT(line);
  if (status < 0) return;
  if (!events) {
    tell_trace(operation, nanoseconds);
    return;
  }
  begin(&text, "trace");
  members_of(&text, operation);
  member_number(&text, "nanoseconds", (int64_t)nanoseconds);
  send_line(&text);
}

// Without what to try.
static void describe(struct text *text, const struct operation *operation, const struct error *error) {
  if (operation != NULL && error->exit_code == EXIT_SHIM) {
    text_add(text, operation->kind->name);
    text_add(text, ": ");
  }
  text_add(text, error->message);
  // The commands' own errors (126, 127) say why in their message, in the words a docker user knows.
  if (error->number != 0 && error->exit_code == EXIT_SHIM) {
    text_add(text, ": ");
    text_add(text, errno_name(error->number));
    text_add(text, ": ");
    text_add(text, strerror(error->number));
  }
}

void status_error(const struct operation *operation, const struct error *error) {
  char line[4096];
  struct text text = TEXT(line);
  if (status < 0) return;
  if (!events) {
    line[0] = '\0';
    describe(&text, operation, error);
    message_write(status, "error", line, error->number == 0 ? "SHIM" : errno_name(error->number), error->hint[0] == '\0' ? NULL : error->hint);
    return;
  }
  begin(&text, "error");
  members_of(&text, operation);
  member(&text, "message", error->message, MESSAGE_LIMIT);
  if (error->number != 0) {
    member_number(&text, "errno", error->number);
    member(&text, "name", errno_name(error->number), 64);
    member(&text, "text", strerror(error->number), 128);
  }
  if (error->hint[0] != '\0') member(&text, "hint", error->hint, HINT_LIMIT);
  member_number(&text, "exitCode", error->exit_code);
  send_line(&text);
}

static bool (*warnings)(const char *line);

void divert_warnings(bool (*to)(const char *line)) { warnings = to; }

void warning(const struct operation *operation, ...) {
  char line[4096];
  char message[MESSAGE_LIMIT];
  struct text text = TEXT(line);
  struct text words = TEXT(message);
  va_list strings;
  message[0] = '\0';
  va_start(strings, operation);
  for (const char *string = va_arg(strings, const char *); string != NULL; string = va_arg(strings, const char *)) {
    text_add(&words, string);
  }
  va_end(strings);
  if (status < 0) return;
  if (!events) {
    line[0] = '\0';
    if (operation != NULL) {
      text_add(&text, operation->kind->name);
      text_add(&text, ": ");
    }
    text_add(&text, message);
    if (warnings == NULL || !warnings(line)) message_write(status, "warning", line, NULL, NULL);
    return;
  }
  begin(&text, "warning");
  members_of(&text, operation);
  member(&text, "message", message, MESSAGE_LIMIT);
  send_line(&text);
}

void describe_error(struct text *text, const struct operation *operation, const struct error *error) {
  describe(text, operation, error);
  if (error->hint[0] != '\0') {
    text_add(text, "; try: ");
    text_add(text, error->hint);
  }
}
