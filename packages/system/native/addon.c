// The addon's entry: one table of functions.
#include "functions.h"

#include <stddef.h>

static const struct {
  const char *name;
  napi_callback function;
} TABLE[] = {
#define X(name, function) {name, function},
    FUNCTIONS(X)
#undef X
};

NAPI_MODULE_INIT() {
  for (size_t i = 0; i < sizeof TABLE / sizeof TABLE[0]; i++) {
    napi_value function;
    if (napi_create_function(env, TABLE[i].name, NAPI_AUTO_LENGTH, TABLE[i].function, NULL, &function) != napi_ok ||
        napi_set_named_property(env, exports, TABLE[i].name, function) != napi_ok) {
      return NULL;
    }
  }
  return exports;
}
