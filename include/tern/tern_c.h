/* libtern's C ABI: Tern's models from any language. docs/library.md is a tour; <tern/tern.h> wraps it for
 * C++.
 *
 * Conventions
 * - A function that can fail returns a tern_status: TERN_OK, or what went wrong, with a message for people in
 *   tern_last_error(). Results go through pointers, which are written only on success.
 * - NULL, counts, ids and sizes that are wrong are errors, never crashes. No C++ exception leaves the
 * library.
 * - Text is UTF-8 with its length in bytes; text that is not valid UTF-8 is refused. What the library gives
 * is followed by a NUL byte, which its length does not count.
 * - A struct of options begins with its size. Its _init function sets that and every default.
 * - Any thread may call anything. Sessions of one model take turns, one pass at a time; one session or
 *   generation has one caller at a time (a second is refused).
 * - Messages name options as the command line does: "--tokenizer" is the field `tokenizer`.
 * - Computing functions and the callbacks that they call run in the default floating-point environment; the
 *   caller's is restored. */
#ifndef TERN_TERN_C_H
#define TERN_TERN_C_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define TERN_API __attribute__((visibility("default")))
#else
#define TERN_API
#endif

/* Of this header; tern_version() is the library's. */
#define TERN_VERSION_MAJOR 0
#define TERN_VERSION_MINOR 1
#define TERN_VERSION_PATCH 0

#ifdef __cplusplus
extern "C" {
#endif

/* The numbers are the exit codes of the command line. */
typedef int32_t tern_status;
enum {
  TERN_OK = 0,
  TERN_ERROR_INVALID_ARGUMENT = 2, /* a parameter is wrong */
  TERN_ERROR_NOT_FOUND = 3,        /* no such file, or nothing of that kind in the model */
  TERN_ERROR_IO = 4,               /* the operating system refused */
  TERN_ERROR_BAD_FILE = 5,         /* a file breaks its format */
  TERN_ERROR_UNSUPPORTED = 6,      /* legal, but not handled by this build */
  TERN_ERROR_AMBIGUOUS = 7,        /* the file can be read in two ways: the message names the option */
  TERN_ERROR_NON_FINITE = 8,       /* NaN or infinity where a number must be */
  TERN_ERROR_CONTEXT_FULL = 9,     /* the tokens do not fit the context */
  TERN_ERROR_OUT_OF_MEMORY = 10,   /* an allocation failed or a limit was reached */
  TERN_ERROR_INTERNAL = 70,        /* a bug in Tern, or a callback threw an exception */
  TERN_ERROR_CANCELLED = 130       /* tern_session_cancel() came before there was anything to give */
};

/* ---- The library --------------------------------------------------------------------------------------- */

/* "0.1.0"; never freed. */
TERN_API const char* tern_version(void);
/* One line for bug reports: version, compiler, processor family and the instruction set in use (or why there
 * is none). Never freed. */
TERN_API const char* tern_build_info(void);
/* "ok", "bad_file", ..: stable, for programs. "unknown" for other numbers. */
TERN_API const char* tern_status_name(tern_status status);
/* Of the last call on this thread that failed: what and where, and what to do about it. "" when none has.
 * Valid until the next call on this thread that fails. */
TERN_API const char* tern_last_error(void);
/* Frees what a function gave "to tern_free()". NULL is fine. */
TERN_API void tern_free(void* memory);

/* `message` is one line without its end, valid during the call. It comes from the threads that open models.
 */
typedef void (*tern_log_fn)(const char* message, void* user);
/* Where warnings about files go; NULL, as at the start: nowhere. The library writes to no terminal. A message
 * that another thread is giving may still arrive at the old function: keep what `user` points to until every
 * tern_model_open() that had begun has returned. */
TERN_API tern_status tern_set_log(tern_log_fn log, void* user);

/* ---- A model ------------------------------------------------------------------------------------------- */

typedef struct tern_model tern_model;

/* The options of the command line (docs/cli.md); strings may be NULL: not given. */
typedef struct tern_model_options {
  size_t size;
  int64_t context;          /* most tokens of a session; 0: the model's own, at most 32,768 */
  const char* kv;           /* type of the KV cache: "f16" (NULL), "f32", "i8" */
  const char* packing;      /* bits a trit in memory: "auto" (NULL), "2", "1.6"; no result depends on it */
  const char* dense_act;    /* activations of dense quantized linears: "q8" (NULL), "f32" */
  const char* linear_class; /* these decide what a file leaves open, */
  const char* linear;       /* or take another tokenizer or chat template */
  const char* activation;
  const char* i2s_layout;
  const char* pre;
  const char* tokenizer;
  const char* chat_template;
  const char* chat_encoding;
  int32_t threads;     /* 0: every processor that the process may use; no result depends on it */
  int32_t head_screen; /* 1: leave out logits that cannot matter where that is exact; 0: never */
} tern_model_options;

/* `size` is sizeof(tern_model_options). */
TERN_API tern_status tern_model_options_init(tern_model_options* options, size_t size);
/* Opens and loads a GGUF file or a Hugging Face folder. `options` may be NULL: the defaults. */
TERN_API tern_status tern_model_open(const char* path, const tern_model_options* options, tern_model** model);
/* Sessions of the model may live on. NULL is fine. */
TERN_API void tern_model_free(tern_model* model);

typedef struct tern_model_facts {
  size_t size;
  const char* architecture; /* "bitnet", "llama"; strings live as long as the model */
  const char* format;       /* "gguf", "huggingface" */
  int64_t vocab, hidden, layers, heads, kv_heads, head_dim, ffn;
  int64_t max_positions; /* that it was trained for */
  int64_t context;       /* that a session has */
  int32_t bos;           /* beginning-of-text token; -1: none */
  int32_t threads;
  int32_t has_tokenizer, has_chat_template;
} tern_model_facts;

/* `facts->size` must be set. */
TERN_API tern_status tern_model_get_facts(const tern_model* model, tern_model_facts* facts);

/* ---- Text and tokens ----------------------------------------------------------------------------------- */

enum {
  TERN_ADD_BOS = 1,       /* tokenize: BOS in front where the tokenizer says so, as a prompt has it */
  TERN_PARSE_SPECIAL = 2, /* tokenize: "<|eot_id|>" in the text becomes the token; never for untrusted text */
  TERN_SHOW_SPECIAL = 4,  /* detokenize: special tokens come out as text, too */
  TERN_ADD_EOS = 8        /* tokenize: EOS behind where the tokenizer says so; it ends the text */
};

/* `flags`: TERN_ADD_BOS, TERN_ADD_EOS, TERN_PARSE_SPECIAL. `ids` to tern_free(). */
TERN_API tern_status tern_tokenize(const tern_model* model, const char* text, size_t bytes, uint32_t flags,
                                   int32_t** ids, size_t* count);
/* `flags`: TERN_SHOW_SPECIAL. `text` to tern_free(); a token may be part of a character, so it need not be
 * valid UTF-8. The first token begins a text: the blank that some tokenizers put before one is left out,
 * which the text of a generation keeps, since an answer goes on from the tokens before it. `bytes` may be
 * NULL. */
TERN_API tern_status tern_detokenize(const tern_model* model, const int32_t* ids, size_t count,
                                     uint32_t flags, char** text, size_t* bytes);

typedef struct tern_message {
  const char* role; /* "system", "user", "assistant", "tool" */
  const char* content;
} tern_message;

/* The model's chat template over `messages`; with `add_generation_prompt` the answer's beginning follows.
 * Special tokens in contents stay text. `ids` to tern_free(). */
TERN_API tern_status tern_chat_tokenize(const tern_model* model, const tern_message* messages, size_t count,
                                        int32_t add_generation_prompt, int32_t** ids, size_t* id_count);
/* As text, to look at: only tern_chat_tokenize() tells a user's "<|eot_id|>" from the template's. `text` to
 * tern_free(); `bytes` may be NULL. */
TERN_API tern_status tern_chat_text(const tern_model* model, const tern_message* messages, size_t count,
                                    int32_t add_generation_prompt, char** text, size_t* bytes);

/* ---- A session ----------------------------------------------------------------------------------------- */

/* Tokens, and what was computed of them. Nothing is computed before logits or an answer are asked for, and
 * nothing twice: after tern_session_rewind() and other tokens, only what they do not begin with is run. */
typedef struct tern_session tern_session;

TERN_API tern_status tern_session_new(const tern_model* model, tern_session** session);
/* Not while another call on it runs. NULL is fine. */
TERN_API void tern_session_free(tern_session* session);
TERN_API tern_status tern_session_append(tern_session* session, const int32_t* ids, size_t count);
/* As tern_tokenize() and tern_session_append(). */
TERN_API tern_status tern_session_append_text(tern_session* session, const char* text, size_t bytes,
                                              uint32_t flags);
/* What was appended and generated; valid until the session is changed. */
TERN_API tern_status tern_session_tokens(tern_session* session, const int32_t** ids, size_t* count);
/* Keeps the first `count` tokens (0: none); more than there are is an error. */
TERN_API tern_status tern_session_rewind(tern_session* session, size_t count);
/* What the model makes of the next token, [vocab]; valid until the next call on the session. */
TERN_API tern_status tern_session_logits(tern_session* session, const float** logits, size_t* count);
/* Ends the generation or computation that runs on the session, after at most one more pass of the model; when
 * none runs, nothing happens. From any thread, and from callbacks. */
TERN_API tern_status tern_session_cancel(tern_session* session);

/* ---- Generation ---------------------------------------------------------------------------------------- */

/* Text as it is complete, never half a character; followed by a NUL byte. Not 0 ends the answer. After a
 * cancel nothing more comes, while the generation's text also has what was held back until then: the
 * beginning of what might have become a stop string or a character. */
typedef int32_t (*tern_text_fn)(const char* text, size_t bytes, void* user);
/* Draws the next token from all logits, [vocab], behind the `count` tokens of the answer so far: its id, or
 * TERN_STOP. */
typedef int32_t (*tern_sampler_fn)(const float* logits, size_t vocab, const int32_t* answer, size_t count,
                                   void* user);
enum { TERN_STOP = -1 };

typedef struct tern_logit_bias {
  int32_t id;
  float value; /* -100 to 100, added to its logit */
} tern_logit_bias;

typedef struct tern_generate_options {
  size_t size;
  int64_t max_tokens;      /* 128; -1: until the context is full */
  uint64_t seed;           /* the answer is a function of it */
  const char* const* stop; /* the text ends before the first of these strings */
  size_t stop_count;
  const tern_logit_bias* bias;
  size_t bias_count;
  tern_text_fn on_text;     /* NULL: nobody listens */
  tern_sampler_fn sampler;  /* NULL: the options below; else they and `bias` are not looked at */
  void* user;               /* the callbacks' last argument */
  int64_t keep;             /* with context_shift: first tokens that are never dropped, 4 */
  float temperature;        /* 0: greedy, the lowest id among equals */
  int32_t top_k;            /* 0: off */
  float top_p;              /* 1: off */
  float min_p;              /* 0: off */
  float repetition_penalty; /* 1: off; over the whole text */
  float presence_penalty;   /* 0: off; over the answer */
  float frequency_penalty;  /* 0: off; over the answer */
  int32_t lookup;           /* most guesses checked by one pass, 8; 0: off. The text is the same */
  int32_t ignore_eos;       /* 1: an end-of-turn token ends nothing */
  int32_t logprobs;         /* 1: give each token's log-probability */
  int32_t context_shift;    /* 1: a full context loses the older half of its tokens, and the answer goes on */
  int32_t reserved;         /* 0 */
} tern_generate_options;

/* Why an answer ended. */
enum {
  TERN_STOP_END_OF_TURN = 0,
  TERN_STOP_MAX_TOKENS = 1,
  TERN_STOP_STRING = 2,
  TERN_STOP_CONTEXT_FULL = 3,
  TERN_STOP_CANCELLED = 4
};

/* Made by the library, which may add fields at the end. */
typedef struct tern_generation {
  const int32_t* ids; /* generated, an end-of-turn token included */
  size_t id_count;
  const char* text; /* without it; "" when the model has no tokenizer */
  size_t text_bytes;
  const double* logprobs; /* one an id, of the model's own distribution; NULL when not asked for */
  int64_t prompt_tokens, cached_tokens; /* tokens before the answer; of these, not computed again */
  int64_t dropped_tokens; /* by context_shift; 0: the answer is exactly that of the whole text */
  double prompt_seconds, answer_seconds;
  int32_t stop; /* TERN_STOP_.. */
} tern_generation;

/* `size` is sizeof(tern_generate_options). */
TERN_API tern_status tern_generate_options_init(tern_generate_options* options, size_t size);
/* Generates behind the session's tokens, to which the answer is appended. `options` may be NULL: the
 * defaults. After an error the session has the tokens that it had. */
TERN_API tern_status tern_session_generate(tern_session* session, const tern_generate_options* options,
                                           tern_generation** generation);
/* NULL is fine. */
TERN_API void tern_generation_free(tern_generation* generation);

/* ---- Scores and embeddings ----------------------------------------------------------------------------- */

typedef struct tern_score_item {
  const int32_t* context; /* at least one token: BOS, when nothing else comes before */
  size_t context_count;
  const int32_t* continuation;
  size_t continuation_count; /* at least 1 */
  double* logprobs;          /* out, [continuation_count]; NULL: only the total is of interest */
  double total;              /* out: their sum */
  int32_t greedy;            /* out: 1 when each token is the likeliest at its place */
  int32_t reserved;
} tern_score_item;

/* log P of each continuation behind its context, of the model's own distribution. What neighbours in `items`
 * begin with alike is computed once. After an error what was written of `items` means nothing. */
TERN_API tern_status tern_score(const tern_model* model, tern_score_item* items, size_t count);

enum { TERN_POOL_MEAN = 0, TERN_POOL_LAST = 1 };
/* The hidden states behind the last norm, their mean over the tokens or that of the last token. `count` is
 * that of `embedding`, which must be the model's `hidden`. Not normalized. */
TERN_API tern_status tern_embed(const tern_model* model, const int32_t* ids, size_t id_count, int32_t pooling,
                                float* embedding, size_t count);

#ifdef __cplusplus
}
#endif
#endif
