#include <stdlib.h>

#include "value.h"

struct value *numbers_value(const struct call *call, const double *numbers, uint32_t count) {
  struct value *list = list_value(call);
  for (uint32_t i = 0; list != NULL && i < count; i++) {
    if (!list_set(call, list, i, number_value(call, numbers[i]))) list = NULL;
  }
  return list;
}

void free_list(char **texts) {
  for (size_t i = 0; texts != NULL && texts[i] != NULL; i++) free(texts[i]);
  free(texts);
}
