// JavaScript values in, system calls' results out. A function that fails has thrown when it returns NULL or false.
#pragma once

#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ARGUMENTS_LIMIT = 4 };

struct call {
  napi_env env;
  size_t count;
  napi_value arguments[ARGUMENTS_LIMIT];
};

// The arguments of a call; missing ones are undefined.
bool call_open(struct call *call, napi_env env, napi_callback_info info);

// A path or other text, to be freed. NULL where it is not a string, or has a NUL byte inside.
char *text_argument(const struct call *call, size_t index);

bool number_argument(const struct call *call, size_t index, int64_t *number);

// The bytes of a Uint8Array. They are its own: nothing is copied.
bool bytes_argument(const struct call *call, size_t index, uint8_t **bytes, size_t *length);

napi_value number_value(napi_env env, double number);
napi_value text_value(napi_env env, const char *text, size_t length);
napi_value undefined_value(napi_env env);

// Throws an error as node:fs does: code, errno, syscall, path, dest; "ENOENT: no such file or directory, open '/x'". path and
// destination may be NULL. Returns NULL.
napi_value throw_errno(napi_env env, int number, const char *syscall, const char *path, const char *destination);
