#include "error.h"

#include <stdarg.h>
#include <stddef.h>

#include "text.h"

static void concatenate(struct text *text, va_list strings) {
  text->data[0] = '\0';
  for (;;) {
    const char *string = va_arg(strings, const char *);
    if (string == NULL) return;
    text_add(text, string);
  }
}

int fail(struct error *error, int number, ...) {
  struct text message = TEXT(error->message);
  va_list strings;
  error->number = number;
  error->exit_code = EXIT_SHIM;
  error->hint[0] = '\0';
  va_start(strings, number);
  concatenate(&message, strings);
  va_end(strings);
  return -1;
}

int hint(struct error *error, ...) {
  struct text text = TEXT(error->hint);
  va_list strings;
  va_start(strings, error);
  concatenate(&text, strings);
  va_end(strings);
  return -1;
}
