// value.h for Node-API: a value is a napi_value, the engine a napi_env.
#include <node_api.h>
#include <stdlib.h>
#include <string.h>

#include "describe-error.h"
#include "value.h"

static napi_env env_of(const struct call *call) { return call->engine; }
static napi_value argument(const struct call *call, size_t index) { return (napi_value)call->arguments[index]; }

static bool refuse(const struct call *call, const char *what) {
  napi_throw_type_error(env_of(call), "ERR_INVALID_ARG_TYPE", what);
  return false;
}

static char *text_of(const struct call *call, napi_value value) {
  size_t length;
  if (napi_get_value_string_utf8(env_of(call), value, NULL, 0, &length) != napi_ok) {
    refuse(call, "expected a string");
    return NULL;
  }
  char *text = malloc(length + 1);
  if (text == NULL || napi_get_value_string_utf8(env_of(call), value, text, length + 1, &length) != napi_ok) {
    free(text);
    refuse(call, "expected a string");
    return NULL;
  }
  if (strlen(text) == length) return text;
  free(text);
  napi_throw_type_error(env_of(call), "ERR_INVALID_ARG_VALUE", "a text has a NUL byte inside");
  return NULL;
}

char *text_argument(const struct call *call, size_t index) { return text_of(call, argument(call, index)); }

bool number_argument(const struct call *call, size_t index, int64_t *number) {
  return napi_get_value_int64(env_of(call), argument(call, index), number) == napi_ok || refuse(call, "expected a number");
}

bool bytes_argument(const struct call *call, size_t index, uint8_t **bytes, size_t *length) {
  void *data;
  napi_typedarray_type type;
  if (napi_get_typedarray_info(env_of(call), argument(call, index), &type, length, &data, NULL, NULL) != napi_ok ||
      type != napi_uint8_array) {
    return refuse(call, "expected a Uint8Array");
  }
  *bytes = data;
  return true;
}

char **list_argument(const struct call *call, size_t index) {
  uint32_t count;
  if (napi_get_array_length(env_of(call), argument(call, index), &count) != napi_ok) {
    refuse(call, "expected an array");
    return NULL;
  }
  char **texts = calloc((size_t)count + 1, sizeof *texts);
  for (uint32_t i = 0; texts != NULL && i < count; i++) {
    napi_value element;
    if (napi_get_element(env_of(call), argument(call, index), i, &element) == napi_ok) texts[i] = text_of(call, element);
    if (texts[i] != NULL) continue;
    free_list(texts);
    return NULL;
  }
  return texts;
}

struct value *number_value(const struct call *call, double number) {
  napi_value value;
  return napi_create_double(env_of(call), number, &value) == napi_ok ? (struct value *)value : NULL;
}

struct value *boolean_value(const struct call *call, bool truth) {
  napi_value value;
  return napi_get_boolean(env_of(call), truth, &value) == napi_ok ? (struct value *)value : NULL;
}

struct value *text_value(const struct call *call, const char *text, size_t length) {
  napi_value value;
  return napi_create_string_utf8(env_of(call), text, length, &value) == napi_ok ? (struct value *)value : NULL;
}

struct value *bytes_value(const struct call *call, const uint8_t *bytes, size_t length) {
  napi_value value;
  return napi_create_buffer_copy(env_of(call), length, bytes, NULL, &value) == napi_ok ? (struct value *)value : NULL;
}

struct value *undefined_value(const struct call *call) {
  napi_value value;
  return napi_get_undefined(env_of(call), &value) == napi_ok ? (struct value *)value : NULL;
}

struct value *list_value(const struct call *call) {
  napi_value value;
  return napi_create_array(env_of(call), &value) == napi_ok ? (struct value *)value : NULL;
}

bool list_set(const struct call *call, struct value *list, uint32_t index, struct value *value) {
  return value != NULL && napi_set_element(env_of(call), (napi_value)list, index, (napi_value)value) == napi_ok;
}

static void set_text(const struct call *call, napi_value object, const char *name, const char *text) {
  struct value *value = text == NULL ? NULL : text_value(call, text, NAPI_AUTO_LENGTH);
  if (value != NULL) napi_set_named_property(env_of(call), object, name, (napi_value)value);
}

struct value *throw_errno(const struct call *call, int number, const char *syscall, const char *path, const char *destination) {
  char message[ERROR_MESSAGE_SIZE];
  const char *code = describe_error(message, number, syscall, path, destination);
  napi_value error;
  struct value *words = text_value(call, message, NAPI_AUTO_LENGTH), *name = text_value(call, code, NAPI_AUTO_LENGTH);
  // Without memory for the words there is none for another exception either: the engine has thrown its own.
  if (words == NULL || napi_create_error(env_of(call), (napi_value)name, (napi_value)words, &error) != napi_ok) return NULL;
  struct value *negative = number_value(call, -number);
  if (negative != NULL) napi_set_named_property(env_of(call), error, "errno", (napi_value)negative);
  set_text(call, error, "syscall", syscall);
  set_text(call, error, "path", path);
  set_text(call, error, "dest", destination);
  napi_throw(env_of(call), error);
  return NULL;
}
