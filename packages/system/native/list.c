#include <stdlib.h>

#include "value.h"

void free_list(char **texts) {
  for (size_t i = 0; texts != NULL && texts[i] != NULL; i++) free(texts[i]);
  free(texts);
}
