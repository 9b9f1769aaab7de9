// JavaScript values in, system calls' results out. Two engines run the tools, so this is written twice: node-value.c has it for Node-API,
// packages/engine for the small one. A function that fails has thrown when it returns NULL or false.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ARGUMENTS_LIMIT = 8 };

// The engine's own, whatever that is.
struct value;

struct call {
  void *engine;
  size_t count;
  struct value *arguments[ARGUMENTS_LIMIT];
};

// A path or other text, to be freed. NULL where it is not a string, or has a NUL byte inside.
char *text_argument(const struct call *call, size_t index);

bool number_argument(const struct call *call, size_t index, int64_t *number);

// The bytes of a Uint8Array. They are its own: nothing is copied.
bool bytes_argument(const struct call *call, size_t index, uint8_t **bytes, size_t *length);

// An array of strings, ended by NULL; for free_list.
char **list_argument(const struct call *call, size_t index);
void free_list(char **texts);

struct value *number_value(const struct call *call, double number);
struct value *boolean_value(const struct call *call, bool truth);
// What is not UTF-8 in it is replaced.
struct value *text_value(const struct call *call, const char *text, size_t length);
// A Buffer with a copy.
struct value *bytes_value(const struct call *call, const uint8_t *bytes, size_t length);
struct value *undefined_value(const struct call *call);

struct value *list_value(const struct call *call);
// Takes what a function above has returned, NULL too: then it has failed as well.
bool list_set(const struct call *call, struct value *list, uint32_t index, struct value *value);

struct value *numbers_value(const struct call *call, const double *numbers, uint32_t count);

// Throws an error as node:fs does: code, errno, syscall, path, dest; "ENOENT: no such file or directory, open '/x'". path and
// destination may be NULL. Returns NULL.
struct value *throw_errno(const struct call *call, int number, const char *syscall, const char *path, const char *destination);
