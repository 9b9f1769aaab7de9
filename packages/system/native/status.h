#pragma once

#include <node_api.h>
#include <sys/stat.h>

// What stat(2) says, as the array of numbers that src/status.ts reads.
napi_value status_value(napi_env env, const struct stat *status);
