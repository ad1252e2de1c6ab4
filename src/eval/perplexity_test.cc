// Perplexity of texts under a tiny model, held against sums over its logits.
#include "eval/perplexity.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>

#include "engine/testing.h"

namespace tern {
namespace {

using namespace testing;

/// Of the characters that the model has tokens for: '!' is token 0.
std::string random_text(size_t n) {
  std::mt19937 random(1);
  std::string text(n, '!');
  for (char& c : text) c = static_cast<char>('!' + random() % 94);
  return text;
}

class Perplexity : public ::testing::Test {
 protected:
  static constexpr int64_t kContext = 40;

  void SetUp() override {
    ASSERT_TRUE(init_kernels());
    write_text_model(folder_.file("m.gguf"));
    engine_ = open(1);
    clear_interrupt();
  }
  void TearDown() override { clear_interrupt(); }
  std::unique_ptr<Engine> open(int threads) const {
    EngineOptions options;
    options.threads = threads;
    options.context = kContext;
    options.load.head_screen = false;
    auto engine = Engine::open(folder_.file("m.gguf"), options);
    EXPECT_TRUE(engine);
    return std::move(*engine);
  }
  PerplexityReport evaluate(std::string_view text, const PerplexityOptions& options) const {
    const auto report = evaluate_text(*engine_, text, options);
    EXPECT_TRUE(report) << report.error().message();
    return *report;
  }
  void refused(std::string_view text, const PerplexityOptions& options, ErrorCode code,
               std::string_view named) const {
    expect_error(evaluate_text(*engine_, text, options), code, named);
  }

  TempFolder folder_;
  std::unique_ptr<Engine> engine_;
};

/// log p of every token behind the first, each from the logits of the `context` - `stride` tokens and more
/// before it that the windows' definition gives it.
std::vector<long double> expected_logprobs(const Engine& engine, const std::string& text, size_t context,
                                           size_t stride) {
  Ids ids;
  for (const char c : text) ids.push_back(c - '!');
  const auto vocab = static_cast<size_t>(engine.config().vocab);
  std::vector<long double> logprobs;
  for (size_t i = 1; i < ids.size(); ++i) {
    // The first window that has token i: that which is full before i is reached, and then a stride further.
    const size_t begin = i < context ? 0 : (i - context) / stride * stride + stride;
    if (begin == i) continue;
    Session session(engine);
    const auto row = session.extend(std::span(ids).subspan(begin, i - begin), 512);
    long double sum = 0;
    for (size_t j = 0; j < vocab; ++j) sum += std::exp(static_cast<long double>((*row)[j]));
    logprobs.push_back((*row)[static_cast<size_t>(ids[i])] - std::log(sum));
  }
  return logprobs;
}

TEST_F(Perplexity, IsThatOfTheLogits) {
  for (const size_t n : {2, 3, 39, 40, 41, 100, 121}) {
    const std::string text = random_text(n);
    for (const auto& [context, stride] : std::vector<std::pair<int64_t, int64_t>>{
             {0, 0}, {40, 40}, {40, 1}, {17, 5}, {2, 1}, {2, 2}, {3, 2}}) {
      SCOPED_TRACE(fmt::format("{} tokens, context {}, stride {}", n, context, stride));
      const PerplexityReport report = evaluate(text, {.context = context, .stride = stride});
      const int64_t c = context > 0 ? context : kContext, s = stride > 0 ? stride : c / 2;
      EXPECT_EQ(report.context, c);
      EXPECT_EQ(report.stride, s);
      const auto expected = expected_logprobs(*engine_, text, static_cast<size_t>(c), static_cast<size_t>(s));
      ASSERT_EQ(report.logprobs.count(), expected.size());
      EXPECT_TRUE(report.complete());
      EXPECT_EQ(report.tokens, n);
      long double sum = 0, squares = 0;
      for (const long double logprob : expected) sum += logprob;
      const auto count = static_cast<long double>(expected.size());
      for (const long double logprob : expected) squares += (logprob - sum / count) * (logprob - sum / count);
      EXPECT_NEAR(report.logprobs.sum(), static_cast<double>(sum), 1e-11);
      const double perplexity = static_cast<double>(std::exp(-sum / count));
      EXPECT_NEAR(report.perplexity(), perplexity, 1e-11 * perplexity);
      const double error =
          expected.size() < 2 ? 0 : static_cast<double>(std::sqrt(squares / (count - 1) / count));
      EXPECT_NEAR(report.standard_error(), perplexity * error, 1e-10 * perplexity);
      ASSERT_TRUE(report.units);
      EXPECT_EQ(report.units->bytes, expected.size()) << "a token is a byte here";
      EXPECT_NEAR(*report.bits_per_byte(), std::log2(perplexity), 1e-10);
      EXPECT_NEAR(*report.byte_perplexity(), perplexity, 1e-10 * perplexity);
    }
  }
}

TEST_F(Perplexity, SameBitsWithAnyThreads) {
  const std::string text = random_text(333);
  const auto bits = [](double value) { return std::bit_cast<uint64_t>(value); };
  const PerplexityReport one = evaluate(text, {.save_logits = folder_.file("one")});
  const PerplexityReport same = evaluate(text, {.kl_to = folder_.file("one")});
  for (const int threads : {2, 3, 5}) {
    engine_ = open(threads);
    const std::string saved = folder_.file("other");
    const PerplexityReport other = evaluate(text, {.save_logits = saved, .kl_to = folder_.file("one")});
    EXPECT_EQ(bits(other.logprobs.sum()), bits(one.logprobs.sum()));
    EXPECT_EQ(bits(other.standard_error()), bits(one.standard_error()));
    EXPECT_EQ(bits(other.kl->mean), bits(same.kl->mean));
    EXPECT_EQ(bits(other.kl->p99), bits(same.kl->p99));
    EXPECT_TRUE(read_file(saved) == read_file(folder_.file("one")));
  }
}

TEST_F(Perplexity, DivergenceFromSavedLogits) {
  const std::string text = random_text(100), path = folder_.file("saved");
  const PerplexityReport saved = evaluate(text, {.save_logits = path});
  const PerplexityReport itself = evaluate(text, {.kl_to = path});
  ASSERT_TRUE(itself.kl);
  EXPECT_FALSE(saved.kl);
  EXPECT_EQ(itself.kl->same_top, 1);
  EXPECT_LT(itself.kl->max, 1e-7);
  EXPECT_NEAR(itself.kl->saved_perplexity, saved.perplexity(), 1e-3 * saved.perplexity());

  refused(random_text(101), {.kl_to = path}, ErrorCode::kInvalidArgument, "other tokens");
  refused(text, {.context = 20, .kl_to = path}, ErrorCode::kInvalidArgument, "--context 40");
  refused(text, {.stride = 7, .kl_to = path}, ErrorCode::kInvalidArgument, "--stride 20");
  refused(text, {.kl_to = folder_.file("none")}, ErrorCode::kNotFound, "none");

  // A row that no writer writes is named.
  std::string bytes = read_file(path);
  bytes.replace(128 + 60 * 94 * 2, 94 * 2, std::string(94 * 2, '\1'));
  write_file(path, bytes);
  refused(text, {.kl_to = path}, ErrorCode::kBadFile, path + ": row 60: 0 tokens have code 0");
}

TEST_F(Perplexity, WhatCannotBeEvaluated) {
  refused("", {}, ErrorCode::kInvalidArgument, "text is empty");
  refused("x", {}, ErrorCode::kInvalidArgument, "one token");
  refused("xyz", {.context = 1}, ErrorCode::kInvalidArgument, "context 1");
  refused("xyz", {.context = 41}, ErrorCode::kInvalidArgument, "context 41: must be 2 to 40");
  refused("xyz", {.context = 10, .stride = 11}, ErrorCode::kInvalidArgument, "stride 11");
  refused("xyz", {.save_logits = folder_.path()}, ErrorCode::kInvalidArgument, "regular file");
  refused("xyz", {.save_logits = folder_.file("no/where")}, ErrorCode::kNotFound, "no/where");
}

// Bytes without a token are token 0, '!': nothing can be said per byte.
TEST_F(Perplexity, UnknownTokensHaveNoBytes) {
  const PerplexityReport report = evaluate("ab cd", {});
  EXPECT_EQ(report.logprobs.count(), 4u);
  EXPECT_FALSE(report.units);
  EXPECT_FALSE(report.word_perplexity());
  EXPECT_FALSE(report.byte_perplexity());
  EXPECT_FALSE(report.bits_per_byte());
  EXPECT_EQ(evaluate("ab!cd", {}).logprobs.sum(), report.logprobs.sum());
}

/// As write_text_model(), but sentencepiece's way: a blank is put before each text, and `~` ends it.
void write_blank_model(const std::string& path, bool squeezes) {
  ModelConfig config = tiny_config("llama");
  config.vocab = 95;
  GgufKeys keys = gguf_keys(config, "llama");
  keys.text["tokenizer.ggml.model"] = "llama";
  std::vector<std::string>& tokens = keys.texts["tokenizer.ggml.tokens"];
  for (int c = '!'; c <= '~'; ++c) tokens.push_back(std::string(1, static_cast<char>(c)));
  tokens.push_back("\u2581");
  keys.f32s["tokenizer.ggml.scores"] = std::vector<float>(tokens.size());
  keys.u32["tokenizer.ggml.unknown_token_id"] = 0;
  keys.u32["tokenizer.ggml.eos_token_id"] = 93;
  keys.flags["tokenizer.ggml.add_bos_token"] = false;
  keys.flags["tokenizer.ggml.add_eos_token"] = true;
  keys.flags["tokenizer.ggml.remove_extra_whitespaces"] = squeezes;
  write_gguf(path, keys, gguf_tensors(make_tiny(config, 8), DType::kF32));
}

TEST_F(Perplexity, ABlankThatTheTokenizerPutInFrontIsNotOfTheText) {
  write_blank_model(folder_.file("m.gguf"), false);
  engine_ = open(1);
  for (const auto& [text, words] : {std::pair("ab cd", 2u), {" ab", 1u}, {"a  ", 1u}, {"x", 1u}}) {
    const PerplexityReport report = evaluate(text, {});
    const size_t bytes = std::string_view(text).size();
    EXPECT_EQ(report.tokens, bytes + 1) << text << ": the blank, and no end";
    ASSERT_TRUE(report.units) << text;
    EXPECT_EQ(report.units->bytes, bytes) << text;
    EXPECT_EQ(report.units->words, words) << text;
  }
}

TEST_F(Perplexity, TheReasonForNoBytesIsTheRightOne) {
  const auto warning = [&](const char* text) {
    ::testing::internal::CaptureStderr();
    EXPECT_FALSE(evaluate(text, {}).units);
    return ::testing::internal::GetCapturedStderr();
  };
  EXPECT_NE(warning("ab cd").find("unknown tokens"), std::string::npos);
  write_blank_model(folder_.file("m.gguf"), true);
  engine_ = open(1);
  EXPECT_NE(warning("ab  cd").find("the tokenizer changes it"), std::string::npos);
}

TEST_F(Perplexity, CtrlCLeavesWhatWasCounted) {
  const std::string text = random_text(100), path = folder_.file("saved");
  write_file(path, "old");
  PerplexityOptions options{.stride = 20, .save_logits = path};
  options.on_progress = [](uint64_t counted, uint64_t total) {
    EXPECT_EQ(total, 99u);
    if (counted >= 59) std::raise(SIGINT);
  };
  install_interrupt_handler();
  const PerplexityReport part = evaluate(text, options);
  clear_interrupt();
  EXPECT_FALSE(part.complete());
  EXPECT_EQ(part.logprobs.count(), 59u);
  EXPECT_EQ(part.to_count, 99u);
  EXPECT_EQ(part.units->bytes, 59u);
  EXPECT_EQ(part.logprobs.sum(), evaluate(text.substr(0, 60), {.stride = 20}).logprobs.sum());
  EXPECT_EQ(read_file(path), "old");

  std::raise(SIGINT);
  refused(text, {}, ErrorCode::kInterrupted, "before a token was counted");
}

}  // namespace
}  // namespace tern
