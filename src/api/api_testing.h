#pragma once
// Tests only: the C ABI with its handles owned, held against the engine.
#include <tern/tern_c.h>

#include <memory>
#include <string>
#include <vector>

#include "api/testing.h"
#include "engine/testing.h"

namespace tern::testing {

struct FreeHandle {
  void operator()(tern_model* model) const { tern_model_free(model); }
  void operator()(tern_session* session) const { tern_session_free(session); }
  void operator()(tern_generation* generation) const { tern_generation_free(generation); }
};
using ModelHandle = std::unique_ptr<tern_model, FreeHandle>;
using SessionHandle = std::unique_ptr<tern_session, FreeHandle>;
using GenerationHandle = std::unique_ptr<tern_generation, FreeHandle>;

constexpr int64_t kApiContext = 96;

inline tern_model_options model_options() {
  tern_model_options options;
  EXPECT_EQ(tern_model_options_init(&options, sizeof options), TERN_OK);
  options.threads = 1;
  options.context = kApiContext;
  options.chat_template = tern_api_testing::chat_template().c_str();
  return options;
}

inline tern_generate_options answer_options(int64_t max_tokens = 24) {
  tern_generate_options options;
  EXPECT_EQ(tern_generate_options_init(&options, sizeof options), TERN_OK);
  options.max_tokens = max_tokens;
  options.temperature = 0.8f;
  options.seed = 5;
  options.logprobs = 1;
  return options;
}

/// The call failed as it should, and its message names what is wrong.
inline void expect_refused(tern_status got, tern_status expected, std::string_view named) {
  EXPECT_EQ(got, expected) << tern_last_error();
  EXPECT_NE(std::string_view(tern_last_error()).find(named), std::string::npos) << tern_last_error();
}

/// The lowest id of the greatest logit.
inline int32_t greatest(const float* logits, size_t count) {
  return static_cast<int32_t>(std::max_element(logits, logits + count) - logits);
}

inline bool same_bits(std::span<const double> a, std::span<const double> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

class Api : public ::testing::Test {
 protected:
  void SetUp() override {
    const tern_model_options options = model_options();
    tern_model* model = nullptr;
    ASSERT_EQ(tern_model_open(tern_api_testing::text_model().c_str(), &options, &model), TERN_OK)
        << tern_last_error();
    model_.reset(model);
    engine_ = open_engine(tern_api_testing::text_model(), kApiContext);
    ASSERT_NE(engine_, nullptr);
    prompt_ = tiny_tokens(engine_->config(), 20, 4);
  }

  SessionHandle session(const Ids& ids = {}) const {
    tern_session* session = nullptr;
    EXPECT_EQ(tern_session_new(model_.get(), &session), TERN_OK) << tern_last_error();
    EXPECT_EQ(tern_session_append(session, ids.data(), ids.size()), TERN_OK) << tern_last_error();
    return SessionHandle(session);
  }
  static GenerationHandle generate(tern_session* session, const tern_generate_options& options) {
    tern_generation* generation = nullptr;
    EXPECT_EQ(tern_session_generate(session, &options, &generation), TERN_OK) << tern_last_error();
    return GenerationHandle(generation);
  }
  static Ids ids_of(const tern_generation& generation) {
    return {generation.ids, generation.ids + generation.id_count};
  }
  static Ids tokens_of(tern_session* session) {
    const int32_t* ids = nullptr;
    size_t count = 0;
    EXPECT_EQ(tern_session_tokens(session, &ids, &count), TERN_OK) << tern_last_error();
    return {ids, ids + count};
  }
  static std::vector<float> logits_of(tern_session* session) {
    const float* logits = nullptr;
    size_t count = 0;
    EXPECT_EQ(tern_session_logits(session, &logits, &count), TERN_OK) << tern_last_error();
    return {logits, logits + count};
  }
  /// What the engine answers to the prompt with answer_options().
  GenerateResult expected(int64_t max_tokens = 24) const {
    GenerateOptions options;
    options.max_tokens = max_tokens;
    options.sampler = {.temperature = 0.8f, .seed = 5};
    options.logprobs = true;
    Session session(*engine_);
    auto result = session.generate(prompt_, options, {});
    EXPECT_TRUE(result);
    return *result;
  }

  ModelHandle model_;
  std::unique_ptr<Engine> engine_;  ///< the same model, without the library
  Ids prompt_;
};

}  // namespace tern::testing
