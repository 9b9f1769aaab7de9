// libFuzzer's target: any bytes are either refused or a plan that holds what its table promises, and can be traced and reported.
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../operations.h"
#include "../status.h"
#include "../text.h"

static void require(bool holds) {
  if (!holds) abort();
}

// What a reader of JSON takes for a string: quotes only at its ends, no control character, every backslash with what it escapes.
static void check_json(const char *json) {
  size_t length = strlen(json);
  require(length >= 2 && json[0] == '"' && json[length - 1] == '"');
  for (size_t i = 1; i < length - 1; i++) {
    require((unsigned char)json[i] >= 0x20 && json[i] != '"');
    if (json[i] != '\\') continue;
    i++;
    require(i < length - 1 && strchr("\"\\u", json[i]) != NULL);
  }
}

static void check_escaping(const char *string) {
  char json[128];
  struct text text = TEXT(json);
  json[0] = '\0';
  text_add_json(&text, string, 100);
  require(text.used <= 100 && text.used == strlen(json));
  check_json(json);
}

static void check_argument(const struct argument *argument) {
  switch (argument->type) {
    case ARGUMENT_NUMBER:
      return;
    case ARGUMENT_TEXT:
      require(strlen(argument->text) == argument->length);
      check_escaping(argument->text);
      return;
    case ARGUMENT_BYTES:
      for (uint32_t i = 0; i < argument->length; i++) {
        volatile char byte = argument->text[i];
        (void)byte;
      }
      return;
    default:
      abort();
  }
}

static void check_plan(const struct plan *plan, struct error *error) {
  for (uint32_t i = 0; i < plan->count; i++) {
    const struct operation *operation = &plan->operations[i];
    require(operation->kind != NULL && operation->index == i);
    for (uint32_t argument = 0; argument < operation->count; argument++) check_argument(&operation->arguments[argument]);
    status_trace(operation, i);
    if (operation->count > 0 && operation->arguments[0].type == ARGUMENT_TEXT) fail(error, EINVAL, text_of(operation, 0), NULL);
    status_error(operation, error);
  }
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc;
  (void)argv;
  status_open(open("/dev/null", O_WRONLY | O_CLOEXEC), true);
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct plan plan;
  struct error error = {0};
  // As plan_read leaves it, with room for one byte more, and not for two.
  struct plan_bytes bytes = {malloc(size + 1), size};
  require(bytes.data != NULL);
  memcpy(bytes.data, data, size);
  if (plan_decode(&plan, &bytes, &error) == 0) {
    check_plan(&plan, &error);
    plan_free(&plan);
  } else {
    require(error.message[0] != '\0' && plan.operations == NULL && plan.arguments == NULL);
    status_error(NULL, &error);
  }
  free(bytes.data);
  return 0;
}
