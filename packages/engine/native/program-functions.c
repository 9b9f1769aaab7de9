// Programs, as JavaScript sees them.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "host-functions.h"
#include "program.h"

// What is given: without input a program reads /dev/null, without an environment it has this process's.
enum { GIVES_INPUT = 1, GIVES_ENVIRONMENT = 2 };

// (file, arguments with the first, environment, directory or "" for this process's, input, which of these are given, timeout in
// milliseconds or -1, bytes of output kept). Returns its number and its pid.
struct value *program_start(const struct call *call) {
  struct program_request request = {0};
  uint8_t *input;
  int64_t given, kept;
  request.file = text_argument(call, 0);
  request.arguments = request.file == NULL ? NULL : list_argument(call, 1);
  char **environment = request.arguments == NULL ? NULL : list_argument(call, 2);
  char *directory = environment == NULL ? NULL : text_argument(call, 3);
  struct value *result = NULL;
  if (directory != NULL && bytes_argument(call, 4, &input, &request.input_size) && number_argument(call, 5, &given) &&
      number_argument(call, 6, &request.timeout) && number_argument(call, 7, &kept)) {
    request.environment = (given & GIVES_ENVIRONMENT) == 0 ? NULL : environment;
    request.directory = directory[0] == '\0' ? NULL : directory;
    request.input = (given & GIVES_INPUT) == 0 ? NULL : input;
    request.kept = kept < 0 ? 0 : (size_t)kept;
    int number = program_open(&request);
    if (number < 0) result = throw_errno(call, errno, "spawn", request.file, NULL);
    else result = numbers_value(call, (const double[]){number, program_pid(number)}, 2);
  }
  free(directory);
  free_list(environment);
  free_list(request.arguments);
  free(request.file);
  return result;
}

static struct value *output_value(const struct call *call, const struct program *program, size_t index) {
  const struct output *output = &program->outputs[index];
  size_t dropped = output->size > program->kept ? output->size - program->kept : 0;
  return bytes_value(call, output->data == NULL ? (const uint8_t *)"" : output->data + dropped, output->size - dropped);
}

// (number). Returns exit code or -1, signal or 0, whether it was late, and what it said on stdout and stderr.
struct value *program_end(const struct call *call) {
  int64_t number;
  if (!number_argument(call, 0, &number)) return NULL;
  const struct program *program = program_finish((int)number);
  if (program == NULL) return throw_errno(call, errno, "wait", NULL, NULL);
  bool exited = WIFEXITED(program->status);
  struct value *list = list_value(call);
  if (list == NULL || !list_set(call, list, 0, number_value(call, exited ? WEXITSTATUS(program->status) : -1)) ||
      !list_set(call, list, 1, number_value(call, exited ? 0 : WTERMSIG(program->status))) ||
      !list_set(call, list, 2, boolean_value(call, program->late)) || !list_set(call, list, 3, output_value(call, program, 0)) ||
      !list_set(call, list, 4, output_value(call, program, 1))) {
    return NULL;
  }
  return list;
}
