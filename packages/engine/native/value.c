// value.h for the small engine: a value is the address, in its memory, of a box.
#include <stdlib.h>
#include <string.h>

#include "describe-error.h"
#include "engine.h"
#include "text.h"
#include "throw.h"

static uint32_t address(const struct value *value) { return (uint32_t)(uintptr_t)value; }
static struct value *boxed(uint32_t box) { return (struct value *)(uintptr_t)box; }

static void set_property(uint32_t object, const char *name, struct value *value) {
  uint32_t key = engine_copy(name, strlen(name));
  if (key != 0 && value != NULL) Z_quickjsZ_qjs_set_prop_string(&engine, object, key, address(value));
  if (key != 0) Z_quickjsZ_wasm_free(&engine, key);
  if (value != NULL) Z_quickjsZ_qjs_free_value(&engine, address(value));
}

static void set_text(uint32_t object, const char *name, const char *text) {
  if (text != NULL) set_property(object, name, text_value(NULL, text, strlen(text)));
}

static uint32_t new_error(const char *message) {
  uint32_t error = Z_quickjsZ_qjs_new_error(&engine);
  set_text(error, "message", message);
  return error;
}

static struct value *throw_error(uint32_t error) {
  Z_quickjsZ_qjs_throw(&engine, error);
  Z_quickjsZ_qjs_free_value(&engine, error);
  return NULL;
}

struct value *throw_text(const char *message) { return throw_error(new_error(message)); }

struct value *throw_errno(const struct call *call, int number, const char *syscall, const char *path, const char *destination) {
  char message[ERROR_MESSAGE_SIZE];
  const char *code = describe_error(message, number, syscall, path, destination);
  uint32_t error = new_error(message);
  set_text(error, "code", code);
  set_property(error, "errno", number_value(call, -number));
  set_text(error, "syscall", syscall);
  set_text(error, "path", path);
  set_text(error, "dest", destination);
  return throw_error(error);
}

static bool refuse(const char *what) {
  throw_text(what);
  return false;
}

// The bytes of a string, in the engine's memory; 0 without memory. For qjs_free_cstring.
static uint32_t borrow_text(uint32_t box, uint32_t *length) {
  uint32_t out = Z_quickjsZ_wasm_malloc(&engine, sizeof *length);
  if (out == 0) return 0;
  uint32_t text = Z_quickjsZ_qjs_get_string_len(&engine, box, out);
  memcpy(length, engine_memory(out), sizeof *length);
  Z_quickjsZ_wasm_free(&engine, out);
  return text;
}

static char *text_of(uint32_t box) {
  uint32_t length, text = box == 0 || Z_quickjsZ_qjs_is_string(&engine, box) == 0 ? 0 : borrow_text(box, &length);
  char *copy = NULL;
  if (text == 0) refuse("expected a string");
  else if (strlen(engine_memory(text)) != length) refuse("a text has a NUL byte inside");
  else if ((copy = strdup(engine_memory(text))) == NULL) refuse("no memory for a text");
  if (text != 0) Z_quickjsZ_qjs_free_cstring(&engine, text);
  return copy;
}

struct value *encode_argument(const struct call *call, size_t index) {
  uint32_t length, box = index < call->count ? address(call->arguments[index]) : 0;
  uint32_t text = box == 0 || Z_quickjsZ_qjs_is_string(&engine, box) == 0 ? 0 : borrow_text(box, &length);
  if (text == 0) return throw_text("expected a string");
  uint32_t bytes = Z_quickjsZ_qjs_new_uint8_array(&engine, text, length);
  Z_quickjsZ_qjs_free_cstring(&engine, text);
  return boxed(bytes);
}

char *text_argument(const struct call *call, size_t index) { return text_of(index < call->count ? address(call->arguments[index]) : 0); }

bool number_argument(const struct call *call, size_t index, int64_t *number) {
  if (index >= call->count || Z_quickjsZ_qjs_is_number(&engine, address(call->arguments[index])) == 0) return refuse("expected a number");
  double given = Z_quickjsZ_qjs_get_float64(&engine, address(call->arguments[index]));
  // What is beyond both, and NaN, would be undefined in C.
  if (!(given >= -9007199254740991.0 && given <= 9007199254740991.0)) return refuse("expected an integer");
  *number = (int64_t)given;
  return true;
}

bool bytes_argument(const struct call *call, size_t index, uint8_t **bytes, size_t *length) {
  uint32_t view[4] = {0};
  uint32_t out = Z_quickjsZ_wasm_malloc(&engine, sizeof view);
  if (out == 0 || index >= call->count) return refuse("expected a Uint8Array");
  uint32_t buffer = Z_quickjsZ_qjs_get_typed_array_buffer(&engine, address(call->arguments[index]), out, out + 4, out + 8);
  bool is_array = Z_quickjsZ_qjs_is_exception(&engine, buffer) == 0;
  uint32_t data = is_array ? Z_quickjsZ_qjs_get_array_buffer(&engine, buffer, out + 12) : 0;
  memcpy(view, engine_memory(out), sizeof view);
  // The array keeps its buffer alive for as long as the call takes.
  if (is_array) Z_quickjsZ_qjs_free_value(&engine, buffer);
  Z_quickjsZ_wasm_free(&engine, out);
  if (!is_array || view[2] != 1 || (uint64_t)view[0] + view[1] > view[3]) return refuse("expected a Uint8Array");
  *bytes = (uint8_t *)engine_memory(data) + view[0];
  *length = view[1];
  return true;
}

static uint32_t list_length(uint32_t list) {
  uint32_t key = engine_copy("length", strlen("length"));
  if (key == 0) return 0;
  uint32_t length = Z_quickjsZ_qjs_get_prop_string(&engine, list, key);
  double number = Z_quickjsZ_qjs_get_float64(&engine, length);
  Z_quickjsZ_qjs_free_value(&engine, length);
  Z_quickjsZ_wasm_free(&engine, key);
  return number >= 0 && number <= INT32_MAX ? (uint32_t)number : 0;
}

char **list_argument(const struct call *call, size_t index) {
  uint32_t list = index < call->count ? address(call->arguments[index]) : 0;
  if (list == 0 || Z_quickjsZ_qjs_is_array(&engine, list) == 0) {
    refuse("expected an array");
    return NULL;
  }
  uint32_t count = list_length(list);
  char **texts = calloc((size_t)count + 1, sizeof *texts);
  for (uint32_t i = 0; texts != NULL && i < count; i++) {
    uint32_t element = Z_quickjsZ_qjs_get_prop_uint32(&engine, list, i);
    texts[i] = text_of(element);
    Z_quickjsZ_qjs_free_value(&engine, element);
    if (texts[i] != NULL) continue;
    free_list(texts);
    return NULL;
  }
  return texts;
}

struct value *number_value(const struct call *call, double number) {
  (void)call;
  return boxed(Z_quickjsZ_qjs_new_number(&engine, number));
}

struct value *boolean_value(const struct call *call, bool truth) {
  (void)call;
  uint32_t value = truth ? Z_quickjsZ_qjs_get_true(&engine) : Z_quickjsZ_qjs_get_false(&engine);
  return boxed(Z_quickjsZ_qjs_dup_value(&engine, value));
}

struct value *text_value(const struct call *call, const char *text, size_t length) {
  (void)call;
  uint32_t copy = engine_copy(text, length);
  if (copy == 0) return throw_text("no memory for a text");
  uint32_t value = Z_quickjsZ_qjs_new_string(&engine, copy, (uint32_t)length);
  Z_quickjsZ_wasm_free(&engine, copy);
  return boxed(value);
}

struct value *bytes_value(const struct call *call, const uint8_t *bytes, size_t length) {
  (void)call;
  uint32_t copy = engine_copy(bytes, length);
  if (copy == 0) return throw_text("no memory for a file");
  uint32_t value = Z_quickjsZ_qjs_new_uint8_array(&engine, copy, (uint32_t)length);
  Z_quickjsZ_wasm_free(&engine, copy);
  return boxed(value);
}

struct value *undefined_value(const struct call *call) {
  (void)call;
  return boxed(Z_quickjsZ_qjs_dup_value(&engine, Z_quickjsZ_qjs_get_undefined(&engine)));
}

struct value *list_value(const struct call *call) {
  (void)call;
  return boxed(Z_quickjsZ_qjs_new_array(&engine));
}

bool list_set(const struct call *call, struct value *list, uint32_t index, struct value *value) {
  (void)call;
  if (value == NULL) return false;
  Z_quickjsZ_qjs_set_prop_uint32(&engine, address(list), index, address(value));
  Z_quickjsZ_qjs_free_value(&engine, address(value));
  return true;
}
