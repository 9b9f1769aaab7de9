// The addon's entry, for Node-API: one table of functions.
#include <node_api.h>

#include "functions.h"

static const struct function {
  const char *name;
  struct value *(*work)(const struct call *call);
} TABLE[] = {
#define X(name, function) {name, function},
    FUNCTIONS(X)
#undef X
};

static napi_value enter(napi_env env, napi_callback_info info) {
  struct call call = {.engine = env, .count = ARGUMENTS_LIMIT};
  void *function;
  // Missing arguments come as undefined.
  if (napi_get_cb_info(env, info, &call.count, (napi_value *)call.arguments, NULL, &function) != napi_ok) return NULL;
  return (napi_value)((const struct function *)function)->work(&call);
}

NAPI_MODULE_INIT() {
  for (size_t i = 0; i < sizeof TABLE / sizeof TABLE[0]; i++) {
    napi_value function;
    if (napi_create_function(env, TABLE[i].name, NAPI_AUTO_LENGTH, enter, (void *)&TABLE[i], &function) != napi_ok ||
        napi_set_named_property(env, exports, TABLE[i].name, function) != napi_ok) {
      return NULL;
    }
  }
  return exports;
}
