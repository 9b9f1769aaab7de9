#include "error-log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#include "operations.h"
#include "status.h"
#include "text.h"
#include "timestamp.h"

enum { PATH, FORM, MESSAGE_LIMIT = 2500 };

static int log_file = -1;
static bool as_json;

int error_log_open(const struct plan *plan, struct error *error) {
  const struct operation *operation = plan_find(plan, OPERATION_log);
  if (operation == NULL) return 0;
  as_json = number_of(operation, FORM) == 1;
  log_file = open(text_of(operation, PATH), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644);
  if (log_file < 0) return fail(error, errno, "open the log ", text_of(operation, PATH), NULL);
  divert_warnings(error_log_warning);
  return 0;
}

void error_log_write(const struct operation *operation, const struct error *error) {
  char message[MESSAGE_LIMIT];
  struct text text = TEXT(message);
  message[0] = '\0';
  describe_error(&text, operation, error);
  error_log_text(message);
}

// One write: with O_APPEND the lines of several calls do not mix.
static void write_line(const char *level, const char *message) {
  char line[MESSAGE_LIMIT * 2];
  struct text text = TEXT(line);
  text_add(&text, as_json ? "{\"level\":\"" : "time=\"");
  if (as_json) {
    text_add(&text, level);
    text_add(&text, "\",\"msg\":");
    text_add_json(&text, message, MESSAGE_LIMIT);
    text_add(&text, ",\"time\":\"");
  }
  text_add_now(&text, 3);
  if (as_json) {
    text_add(&text, "\"}\n");
  } else {
    text_add(&text, "\" level=");
    text_add(&text, level);
    text_add(&text, " msg=");
    text_add_json(&text, message, MESSAGE_LIMIT);
    text_add(&text, "\n");
  }
  while (write(log_file, line, text.used) < 0 && errno == EINTR) continue;
}

void error_log_text(const char *message) {
  if (log_file < 0) return;
  write_line("error", message);
  // One line, whatever else goes wrong while this is undone.
  error_log_close();
}

bool error_log_warning(const char *message) {
  if (log_file < 0) return false;
  write_line("warning", message);
  return true;
}

void error_log_close(void) {
  if (log_file >= 0) close(log_file);
  log_file = -1;
}

int do_log(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  (void)operation;
  (void)error;
  return 0;  // done as soon as the plan was read: error_log_open
}
