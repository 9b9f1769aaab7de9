#include "value.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool call_open(struct call *call, napi_env env, napi_callback_info info) {
  *call = (struct call){.env = env, .count = ARGUMENTS_LIMIT};
  return napi_get_cb_info(env, info, &call->count, call->arguments, NULL, NULL) == napi_ok;
}

static bool refuse(const struct call *call, const char *what) {
  napi_throw_type_error(call->env, "ERR_INVALID_ARG_TYPE", what);
  return false;
}

char *text_argument(const struct call *call, size_t index) {
  size_t length;
  if (napi_get_value_string_utf8(call->env, call->arguments[index], NULL, 0, &length) != napi_ok) {
    refuse(call, "expected a string");
    return NULL;
  }
  char *text = malloc(length + 1);
  if (text == NULL || napi_get_value_string_utf8(call->env, call->arguments[index], text, length + 1, &length) != napi_ok) {
    free(text);
    refuse(call, "expected a string");
    return NULL;
  }
  if (strlen(text) == length) return text;
  free(text);
  napi_throw_type_error(call->env, "ERR_INVALID_ARG_VALUE", "a text has a NUL byte inside");
  return NULL;
}

bool number_argument(const struct call *call, size_t index, int64_t *number) {
  return napi_get_value_int64(call->env, call->arguments[index], number) == napi_ok || refuse(call, "expected a number");
}

bool bytes_argument(const struct call *call, size_t index, uint8_t **bytes, size_t *length) {
  void *data;
  napi_typedarray_type type;
  if (napi_get_typedarray_info(call->env, call->arguments[index], &type, length, &data, NULL, NULL) != napi_ok ||
      type != napi_uint8_array) {
    return refuse(call, "expected a Uint8Array");
  }
  *bytes = data;
  return true;
}

napi_value number_value(napi_env env, double number) {
  napi_value value;
  return napi_create_double(env, number, &value) == napi_ok ? value : NULL;
}

napi_value text_value(napi_env env, const char *text, size_t length) {
  napi_value value;
  return napi_create_string_utf8(env, text, length, &value) == napi_ok ? value : NULL;
}

napi_value undefined_value(napi_env env) {
  napi_value value;
  return napi_get_undefined(env, &value) == napi_ok ? value : NULL;
}

static void set_text(napi_env env, napi_value object, const char *name, const char *text) {
  napi_value value = text == NULL ? NULL : text_value(env, text, NAPI_AUTO_LENGTH);
  if (value != NULL) napi_set_named_property(env, object, name, value);
}

napi_value throw_errno(napi_env env, int number, const char *syscall, const char *path, const char *destination) {
  char message[2048];
  const char *code = strerrorname_np(number), *text = strerrordesc_np(number);
  if (code == NULL) code = "UNKNOWN";
  if (text == NULL) text = "Unknown error";
  snprintf(message, sizeof message, "%s: %c%s, %s%s%.700s%s%s%.700s%s", code, tolower((unsigned char)text[0]), text + 1, syscall,
           path == NULL ? "" : " '", path == NULL ? "" : path, path == NULL ? "" : "'",  //
           destination == NULL ? "" : " -> '", destination == NULL ? "" : destination, destination == NULL ? "" : "'");
  napi_value error, words = text_value(env, message, NAPI_AUTO_LENGTH), name = text_value(env, code, NAPI_AUTO_LENGTH);
  // Without memory for the words there is none for another exception either: the engine has thrown its own.
  if (words == NULL || napi_create_error(env, name, words, &error) != napi_ok) return NULL;
  napi_value negative = number_value(env, -number);
  if (negative != NULL) napi_set_named_property(env, error, "errno", negative);
  set_text(env, error, "syscall", syscall);
  set_text(env, error, "path", path);
  set_text(env, error, "dest", destination);
  napi_throw(env, error);
  return NULL;
}
