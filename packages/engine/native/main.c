// The executable behind the five names: the verbs in a hurry, run by the small engine. Whatever else is asked for, it becomes the
// executable that has all of them.
#include <stdio.h>
#include <stdlib.h>

#include "arguments.h"
#include "engine.h"
#include "signals.h"

int main(int argc, char **argv) {
  arguments_keep(argc, argv);
  signals_open();
  const char *problem = engine_open();
  if (problem == NULL) problem = engine_run();
  fprintf(stderr, "mydocker: internal error: %s\n", problem);
  return EXIT_FAILED;
}
