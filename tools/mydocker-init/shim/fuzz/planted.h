// A mistake for the fuzzer to find, in front of plan.c: there is no room for the last of many arguments.
#include <stdlib.h>
#define calloc(count, size) calloc((count) > 6 ? (count) - 2 : (count), size)
