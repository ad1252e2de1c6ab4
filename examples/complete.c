/* The C ABI in plain C99: ./complete MODEL PROMPT */
#include <stdio.h>
#include <string.h>
#include <tern/tern_c.h>

static int32_t show(const char* text, size_t bytes, void* user) {
  (void)user;
  fwrite(text, 1, bytes, stdout);
  fflush(stdout);
  return 0; /* anything else ends the answer */
}

static int failed(const char* what, tern_status status) {
  fprintf(stderr, "%s: %s: %s\n", what, tern_status_name(status), tern_last_error());
  return 1;
}

int main(int argc, char** argv) {
  tern_model* model = NULL;
  tern_session* session = NULL;
  tern_generation* generation = NULL;
  tern_generate_options options;
  tern_status status;

  if (argc != 3) {
    fprintf(stderr, "usage: complete MODEL PROMPT\n");
    return 2;
  }
  if ((status = tern_model_open(argv[1], NULL, &model)) != TERN_OK) return failed("open", status);
  status = tern_session_new(model, &session);
  if (status == TERN_OK) {
    status = tern_session_append_text(session, argv[2], strlen(argv[2]), TERN_ADD_BOS);
  }
  if (status == TERN_OK) status = tern_generate_options_init(&options, sizeof options);
  if (status == TERN_OK) {
    options.max_tokens = 24;
    options.on_text = show;
    status = tern_session_generate(session, &options, &generation);
  }
  if (status == TERN_OK) {
    printf("\n(%s: %d tokens)\n", tern_build_info(), (int)generation->id_count);
  } else {
    failed("generate", status);
  }
  tern_generation_free(generation);
  tern_session_free(session);
  tern_model_free(model);
  return status == TERN_OK ? 0 : 1;
}
