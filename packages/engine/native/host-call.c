#include "host-call.h"

#include <string.h>

#include "engine.h"
#include "host-functions.h"
#include "throw.h"

static const struct {
  const char *name;
  struct value *(*work)(const struct call *call);
} TABLE[] = {
#define X(name, function) {name, function},
    FUNCTIONS(X) HOST_FUNCTIONS(X)
#undef X
};

uint32_t host_call(const char *name, uint32_t length, uint32_t count, const uint32_t *arguments) {
  struct call call = {.count = count < ARGUMENTS_LIMIT ? count : ARGUMENTS_LIMIT};
  for (size_t i = 0; i < call.count; i++) call.arguments[i] = (struct value *)(uintptr_t)arguments[i];
  for (size_t i = 0; i < sizeof TABLE / sizeof TABLE[0]; i++) {
    if (strlen(TABLE[i].name) == length && memcmp(TABLE[i].name, name, length) == 0) {
      return (uint32_t)(uintptr_t)TABLE[i].work(&call);
    }
  }
  throw_text("no such function of the host");
  return 0;
}
