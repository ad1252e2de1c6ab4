// libtern for C++20: RAII and exceptions over <tern/tern_c.h>, in this header alone. docs/library.md is a
// tour.
//
//   tern::Model model("model.gguf");
//   tern::Session session(model);
//   session.append("The capital of France is");
//   std::puts(session.generate().text.c_str());
//
// What can fail throws tern::Error. Any thread may call anything; one session has one caller at a time. An
// exception that a callback throws ends the answer and comes out of generate().
#ifndef TERN_TERN_H
#define TERN_TERN_H

#include <tern/tern_c.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tern {
inline namespace v0 {  // part of every symbol, so that programs of two versions do not mix

/// What went wrong, where, and what to do about it.
class Error : public std::runtime_error {
 public:
  Error(tern_status status, const char* message) : std::runtime_error(message), status_(status) {}
  /// TERN_ERROR_..
  tern_status status() const noexcept { return status_; }
  /// "bad_file", ..: stable, for programs.
  const char* name() const noexcept { return tern_status_name(status_); }

 private:
  tern_status status_;
};

namespace detail {

inline void check(tern_status status) {
  if (status != TERN_OK) throw Error(status, tern_last_error());
}

struct Free {
  void operator()(void* memory) const noexcept { tern_free(memory); }
  void operator()(tern_model* model) const noexcept { tern_model_free(model); }
  void operator()(tern_session* session) const noexcept { tern_session_free(session); }
  void operator()(tern_generation* generation) const noexcept { tern_generation_free(generation); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

/// C strings end at a NUL byte: text behind one would be lost.
inline const char* c_text(const std::string& text, const char* what) {
  if (text.find('\0') != std::string::npos) {
    throw Error(TERN_ERROR_INVALID_ARGUMENT, (std::string(what) + " holds a NUL byte").c_str());
  }
  return text.c_str();
}
inline const char* c_text(const std::optional<std::string>& text, const char* what) {
  return text ? c_text(*text, what) : nullptr;
}

}  // namespace detail

/// Of the library, e.g. "0.1.0".
inline std::string version() {
  return tern_version();
}
/// One line for bug reports.
inline std::string build_info() {
  return tern_build_info();
}

/// The options of the command line (docs/cli.md); nothing means not given.
struct ModelOptions {
  int32_t threads = 0;  ///< 0: every processor that the process may use; no result depends on it
  int64_t context = 0;  ///< most tokens of a session; 0: the model's own, at most 32,768
  std::optional<std::string> kv = {};       ///< type of the KV cache: f16 when not given, f32, i8
  std::optional<std::string> packing = {};  ///< bits a trit in memory: auto, 2, 1.6; no result depends on it
  std::optional<std::string> dense_act = {};  ///< q8, f32
  std::optional<std::string> linear_class = {}, linear = {}, activation = {}, i2s_layout = {}, pre = {};
  std::optional<std::string> tokenizer = {}, chat_template = {};  ///< files to use in place of the model's
  std::optional<std::string> chat_encoding = {};                  ///< whole, parts
  bool head_screen = true;  ///< leave out logits that cannot matter where that is exact
};

using ModelFacts = tern_model_facts;

struct Message {
  std::string role;  ///< "system", "user", "assistant", "tool"
  std::string content;
};

enum class Pooling : int32_t { mean = TERN_POOL_MEAN, last = TERN_POOL_LAST };

/// How likely a text is behind another.
struct ScoreRequest {
  std::span<const int32_t> context;       ///< at least one token
  std::span<const int32_t> continuation;  ///< at least one token
};
struct Score {
  std::vector<double> logprobs;  ///< one a token of the continuation
  double total = 0;              ///< their sum
  bool greedy = false;           ///< each token is the likeliest at its place
};

/// A model; copies share it.
class Model {
 public:
  /// A GGUF file or a Hugging Face folder.
  explicit Model(const std::string& path, const ModelOptions& options = {}) {
    tern_model_options c;
    detail::check(tern_model_options_init(&c, sizeof c));
    c.threads = options.threads;
    c.context = options.context;
    c.kv = detail::c_text(options.kv, "kv");
    c.packing = detail::c_text(options.packing, "packing");
    c.dense_act = detail::c_text(options.dense_act, "dense_act");
    c.linear_class = detail::c_text(options.linear_class, "linear_class");
    c.linear = detail::c_text(options.linear, "linear");
    c.activation = detail::c_text(options.activation, "activation");
    c.i2s_layout = detail::c_text(options.i2s_layout, "i2s_layout");
    c.pre = detail::c_text(options.pre, "pre");
    c.tokenizer = detail::c_text(options.tokenizer, "tokenizer");
    c.chat_template = detail::c_text(options.chat_template, "chat_template");
    c.chat_encoding = detail::c_text(options.chat_encoding, "chat_encoding");
    c.head_screen = options.head_screen;
    tern_model* model = nullptr;
    detail::check(tern_model_open(detail::c_text(path, "path"), &c, &model));
    model_.reset(model, detail::Free());
  }

  /// Its strings live as long as the model.
  ModelFacts facts() const {
    ModelFacts facts{};
    facts.size = sizeof facts;
    detail::check(tern_model_get_facts(c_model(), &facts));
    return facts;
  }

  /// `flags`: TERN_ADD_BOS and TERN_ADD_EOS (where the tokenizer says so), TERN_PARSE_SPECIAL (never for
  /// untrusted text).
  std::vector<int32_t> tokenize(std::string_view text, uint32_t flags = TERN_ADD_BOS) const {
    int32_t* ids = nullptr;
    size_t count = 0;
    detail::check(tern_tokenize(c_model(), text.data(), text.size(), flags, &ids, &count));
    return take(ids, count);
  }
  /// Need not be valid UTF-8: a token may be part of a character. `flags`: TERN_SHOW_SPECIAL.
  std::string detokenize(std::span<const int32_t> ids, uint32_t flags = 0) const {
    char* text = nullptr;
    size_t bytes = 0;
    detail::check(tern_detokenize(c_model(), ids.data(), ids.size(), flags, &text, &bytes));
    return take(text, bytes);
  }

  /// The chat template over `messages`, then the beginning of an answer. Special tokens in contents stay
  /// text.
  std::vector<int32_t> chat_tokens(std::span<const Message> messages,
                                   bool add_generation_prompt = true) const {
    const std::vector<tern_message> c = c_messages(messages);
    int32_t* ids = nullptr;
    size_t count = 0;
    detail::check(tern_chat_tokenize(c_model(), c.data(), c.size(), add_generation_prompt, &ids, &count));
    return take(ids, count);
  }
  /// The same as text, to look at.
  std::string chat_text(std::span<const Message> messages, bool add_generation_prompt = true) const {
    const std::vector<tern_message> c = c_messages(messages);
    char* text = nullptr;
    size_t bytes = 0;
    detail::check(tern_chat_text(c_model(), c.data(), c.size(), add_generation_prompt, &text, &bytes));
    return take(text, bytes);
  }

  /// What neighbours begin with alike is computed once.
  std::vector<Score> score(std::span<const ScoreRequest> requests) const {
    std::vector<Score> scores(requests.size());
    std::vector<tern_score_item> items(requests.size());
    for (size_t i = 0; i < items.size(); ++i) {
      scores[i].logprobs.resize(requests[i].continuation.size());
      items[i].context = requests[i].context.data();
      items[i].context_count = requests[i].context.size();
      items[i].continuation = requests[i].continuation.data();
      items[i].continuation_count = requests[i].continuation.size();
      items[i].logprobs = scores[i].logprobs.data();
    }
    detail::check(tern_score(c_model(), items.data(), items.size()));
    for (size_t i = 0; i < items.size(); ++i) {
      scores[i].total = items[i].total;
      scores[i].greedy = items[i].greedy != 0;
    }
    return scores;
  }

  /// The hidden states behind the last norm, pooled; not normalized.
  std::vector<float> embed(std::span<const int32_t> ids, Pooling pooling = Pooling::mean) const {
    std::vector<float> embedding(static_cast<size_t>(facts().hidden));
    detail::check(tern_embed(c_model(), ids.data(), ids.size(), static_cast<int32_t>(pooling),
                             embedding.data(), embedding.size()));
    return embedding;
  }

  /// For what this header does not wrap; still owned here.
  tern_model* c_model() const noexcept { return model_.get(); }

 private:
  static std::vector<int32_t> take(int32_t* ids, size_t count) {
    const detail::Owned<int32_t> owned(ids);
    return std::vector<int32_t>(ids, ids + count);
  }
  static std::string take(char* text, size_t bytes) {
    const detail::Owned<char> owned(text);
    return std::string(text, bytes);
  }
  static std::vector<tern_message> c_messages(std::span<const Message> messages) {
    std::vector<tern_message> c;
    for (const Message& message : messages) {
      c.push_back({detail::c_text(message.role, "a role"), detail::c_text(message.content, "a content")});
    }
    return c;
  }

  std::shared_ptr<tern_model> model_;
};

enum class StopReason : int32_t {
  end_of_turn = TERN_STOP_END_OF_TURN,
  max_tokens = TERN_STOP_MAX_TOKENS,
  stop_string = TERN_STOP_STRING,
  context_full = TERN_STOP_CONTEXT_FULL,
  cancelled = TERN_STOP_CANCELLED
};

struct LogitBias {
  int32_t id = 0;
  float value = 0;  ///< -100 to 100, added to its logit
};

/// The next token from all logits behind the answer so far; nothing ends the answer.
using Sampler =
    std::function<std::optional<int32_t>(std::span<const float> logits, std::span<const int32_t> answer)>;

struct GenerateOptions {
  int64_t max_tokens = 128;      ///< -1: until the context is full
  float temperature = 0;         ///< 0: greedy, the lowest id among equals
  int32_t top_k = 0;             ///< 0: off
  float top_p = 1;               ///< 1: off
  float min_p = 0;               ///< 0: off
  float repetition_penalty = 1;  ///< 1: off; over the whole text
  float presence_penalty = 0;    ///< 0: off; over the answer
  float frequency_penalty = 0;   ///< 0: off; over the answer
  uint64_t seed = 0;             ///< the answer is a function of it
  std::vector<LogitBias> bias = {};
  std::vector<std::string> stop = {};  ///< the text ends before the first of these
  Sampler sampler = {};                ///< draws in place of all options from temperature to bias
  bool ignore_eos = false;             ///< an end-of-turn token ends nothing
  bool logprobs = false;               ///< give each token's log-probability
  bool context_shift = false;  ///< a full context loses the older half of its tokens, and the answer goes on
  int64_t keep = 4;            ///< with context_shift: first tokens that are never dropped
  int32_t lookup = 8;          ///< most guesses checked by one pass; 0: off. The text is the same
};

struct Generation {
  std::string text;              ///< "" when the model has no tokenizer
  std::vector<int32_t> ids;      ///< an end-of-turn token included
  std::vector<double> logprobs;  ///< one an id when asked for
  StopReason stop = StopReason::max_tokens;
  int64_t prompt_tokens = 0;   ///< before the answer
  int64_t cached_tokens = 0;   ///< of these, not computed again
  int64_t dropped_tokens = 0;  ///< by context_shift; 0: the answer is exactly that of the whole text
  double prompt_seconds = 0, answer_seconds = 0;
};

/// Tokens, and what was computed of them. Nothing is computed before logits or an answer are asked for, and
/// nothing twice: after reset() and other tokens, only what they do not begin with is run.
class Session {
 public:
  explicit Session(const Model& model) {
    tern_session* session = nullptr;
    detail::check(tern_session_new(model.c_model(), &session));
    session_.reset(session);
  }

  void append(std::span<const int32_t> ids) {
    detail::check(tern_session_append(c_session(), ids.data(), ids.size()));
  }
  void append(std::string_view text, uint32_t flags = TERN_ADD_BOS) {
    detail::check(tern_session_append_text(c_session(), text.data(), text.size(), flags));
  }
  /// What was appended and generated; valid until the session is changed.
  std::span<const int32_t> tokens() const {
    const int32_t* ids = nullptr;
    size_t count = 0;
    detail::check(tern_session_tokens(c_session(), &ids, &count));
    return {ids, count};
  }
  /// Keeps the first `count` tokens.
  void rewind(size_t count) { detail::check(tern_session_rewind(c_session(), count)); }
  void reset() { rewind(0); }

  /// What the model makes of the next token, [vocab]; valid until the next call on the session.
  std::span<const float> logits() {
    const float* logits = nullptr;
    size_t count = 0;
    detail::check(tern_session_logits(c_session(), &logits, &count));
    return {logits, count};
  }

  /// Generates behind the tokens, to which the answer is appended.
  Generation generate(const GenerateOptions& options = {}) { return run(options, nullptr); }
  /// `on_text(std::string_view)` gets text as it is complete, never half a character; one that gives bool
  /// ends the answer with false.
  template <typename OnText>
  Generation generate(const GenerateOptions& options, OnText&& on_text) {
    return run(options, [&on_text](std::string_view text) {
      if constexpr (std::is_void_v<std::invoke_result_t<OnText&, std::string_view>>) {
        on_text(text);
        return true;
      } else {
        return static_cast<bool>(on_text(text));
      }
    });
  }
  /// Ends what runs on the session, after at most one more pass. From any thread, and from callbacks.
  void cancel() { detail::check(tern_session_cancel(c_session())); }

  /// For what this header does not wrap; still owned here.
  tern_session* c_session() const noexcept { return session_.get(); }

 private:
  /// What the C callbacks need: no exception of the caller's may go through the library.
  struct Callbacks {
    const Sampler& sampler;
    std::function<bool(std::string_view)> on_text;
    std::exception_ptr thrown;

    static int32_t text(const char* text, size_t bytes, void* user) noexcept {
      auto& self = *static_cast<Callbacks*>(user);
      if (self.thrown) return 1;  // what was held back when the sampler threw
      try {
        return self.on_text(std::string_view(text, bytes)) ? 0 : 1;
      } catch (...) {
        self.thrown = std::current_exception();
        return 1;
      }
    }
    static int32_t sample(const float* logits, size_t vocab, const int32_t* answer, size_t count,
                          void* user) noexcept {
      auto& self = *static_cast<Callbacks*>(user);
      try {
        const std::optional<int32_t> id = self.sampler({logits, vocab}, {answer, count});
        return id.value_or(TERN_STOP);
      } catch (...) {
        self.thrown = std::current_exception();
        return TERN_STOP;
      }
    }
  };

  Generation run(const GenerateOptions& options, std::function<bool(std::string_view)> on_text) {
    Callbacks callbacks{options.sampler, std::move(on_text), nullptr};
    std::vector<const char*> stops;
    for (const std::string& stop : options.stop) stops.push_back(detail::c_text(stop, "a stop string"));
    std::vector<tern_logit_bias> biases;
    for (const LogitBias& bias : options.bias) biases.push_back({bias.id, bias.value});

    tern_generate_options c;
    detail::check(tern_generate_options_init(&c, sizeof c));
    c.max_tokens = options.max_tokens;
    c.seed = options.seed;
    c.stop = stops.data();
    c.stop_count = stops.size();
    c.bias = biases.data();
    c.bias_count = biases.size();
    c.on_text = callbacks.on_text ? Callbacks::text : nullptr;
    c.sampler = options.sampler ? Callbacks::sample : nullptr;
    c.user = &callbacks;
    c.keep = options.keep;
    c.temperature = options.temperature;
    c.top_k = options.top_k;
    c.top_p = options.top_p;
    c.min_p = options.min_p;
    c.repetition_penalty = options.repetition_penalty;
    c.presence_penalty = options.presence_penalty;
    c.frequency_penalty = options.frequency_penalty;
    c.lookup = options.lookup;
    c.ignore_eos = options.ignore_eos;
    c.logprobs = options.logprobs;
    c.context_shift = options.context_shift;

    tern_generation* made = nullptr;
    const tern_status status = tern_session_generate(c_session(), &c, &made);
    const detail::Owned<tern_generation> owned(made);
    if (callbacks.thrown) std::rethrow_exception(callbacks.thrown);
    detail::check(status);
    Generation generation;
    generation.text.assign(made->text, made->text_bytes);
    generation.ids.assign(made->ids, made->ids + made->id_count);
    if (made->logprobs != nullptr)
      generation.logprobs.assign(made->logprobs, made->logprobs + made->id_count);
    generation.stop = static_cast<StopReason>(made->stop);
    generation.prompt_tokens = made->prompt_tokens;
    generation.cached_tokens = made->cached_tokens;
    generation.dropped_tokens = made->dropped_tokens;
    generation.prompt_seconds = made->prompt_seconds;
    generation.answer_seconds = made->answer_seconds;
    return generation;
  }

  detail::Owned<tern_session> session_;
};

}  // namespace v0
}  // namespace tern
#endif
