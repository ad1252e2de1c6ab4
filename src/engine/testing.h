#pragma once
// Tests only: tiny models, opened to generate.
#include <csignal>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/interrupt.h"
#include "engine/session.h"
#include "models/tiny_model.h"

namespace tern::testing {

using Ids = std::vector<int32_t>;

inline Ids operator+(Ids a, const Ids& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

inline std::unique_ptr<Engine> open_engine(const std::string& path, int64_t context = 96,
                                           TernKvFormat kv = TERN_KV_F16) {
  EngineOptions options;
  options.threads = 1;
  options.context = context;
  options.kv = kv;
  auto engine = Engine::open(path, options);
  EXPECT_TRUE(engine) << (engine ? "" : engine.error().message());
  return engine ? std::move(*engine) : nullptr;
}

/// A GGUF file of a model whose tokens are the printable ASCII characters. `eos`: the token that ends a turn.
inline void write_text_model(const std::string& path, int32_t eos = -1) {
  ModelConfig config = tiny_config("llama");
  config.vocab = 94;
  GgufKeys keys = gguf_keys(config, "llama");
  keys.text["tokenizer.ggml.model"] = "gpt2";
  keys.text["tokenizer.ggml.pre"] = "gpt-2";
  for (int c = '!'; c <= '~'; ++c)
    keys.texts["tokenizer.ggml.tokens"].push_back(std::string(1, static_cast<char>(c)));
  keys.texts["tokenizer.ggml.merges"] = {};
  keys.u32["tokenizer.ggml.unknown_token_id"] = 0;
  if (eos >= 0) keys.u32["tokenizer.ggml.eos_token_id"] = static_cast<uint32_t>(eos);
  write_gguf(path, keys, gguf_tensors(make_tiny(config, 8), DType::kF32));
}

/// Guesses by a rule that sees how much of the text is known.
class ScriptedDrafter final : public Drafter {
 public:
  using Rule = std::function<int32_t(size_t position)>;
  explicit ScriptedDrafter(Rule rule) : rule_(std::move(rule)) {}
  void begin(std::span<const int32_t> prompt) override { length_ = prompt.size(); }
  void add(int32_t) override { ++length_; }
  std::span<const int32_t> draft(size_t most) override {
    guesses_.clear();
    for (size_t i = 0; i < most; ++i) guesses_.push_back(rule_(length_ + i));
    return guesses_;
  }
  void timed(size_t, double) override {}

 private:
  Rule rule_;
  size_t length_ = 0;
  Ids guesses_;
};

/// All that a caller sees of an answer.
struct Answer {
  Result<GenerateResult> result;
  Ids cached;
  std::vector<std::string> pieces;
};

/// Gives the answer; SIGINT arrives when `interrupt_at` pieces of text have come.
inline Answer generate(Session* session, const Ids& prompt, const GenerateOptions& options,
                       size_t interrupt_at = 0) {
  std::vector<std::string> pieces;
  clear_interrupt();
  auto result = session->generate(prompt, options, [&](std::string_view text) {
    pieces.emplace_back(text);
    if (pieces.size() == interrupt_at) std::raise(SIGINT);
  });
  clear_interrupt();
  return {std::move(result), session->cached(), std::move(pieces)};
}

/// The two saw the same, errors included.
inline void expect_same(const Answer& a, const Answer& b) {
  ASSERT_EQ(a.result.has_value(), b.result.has_value());
  EXPECT_EQ(a.cached, b.cached);
  EXPECT_EQ(a.pieces, b.pieces);
  if (!a.result) {
    EXPECT_EQ(a.result.error().code(), b.result.error().code());
    EXPECT_EQ(a.result.error().message(), b.result.error().message());
    return;
  }
  EXPECT_EQ(a.result->ids, b.result->ids);
  EXPECT_EQ(a.result->text, b.result->text);
  EXPECT_EQ(a.result->stop, b.result->stop);
  ASSERT_EQ(a.result->logprobs.size(), b.result->logprobs.size());
  EXPECT_EQ(a.result->logprobs.empty(), a.result->ids.empty()) << "to be compared, they must be asked for";
  const size_t bytes = a.result->logprobs.size() * sizeof(double);
  EXPECT_TRUE(bytes == 0 || std::memcmp(a.result->logprobs.data(), b.result->logprobs.data(), bytes) == 0);
}

template <typename T>
void expect_error(const Result<T>& result, ErrorCode code, std::string_view named) {
  ASSERT_FALSE(result) << "expected an error that names " << named;
  EXPECT_EQ(result.error().code(), code) << result.error().message();
  EXPECT_NE(result.error().message().find(named), std::string::npos) << result.error().message();
}

}  // namespace tern::testing
