// Guesses change how many passes an answer takes, and nothing else.
#include <algorithm>
#include <cmath>
#include <random>

#include "engine/lookup.h"
#include "engine/testing.h"

namespace tern {
namespace {

using namespace testing;

/// Lookup as if guesses cost nothing: it makes as many as it may from every match, right or wrong.
class EagerLookup final : public Drafter {
 public:
  void begin(std::span<const int32_t> prompt) override { lookup_.begin(prompt); }
  void add(int32_t id) override { lookup_.add(id); }
  std::span<const int32_t> draft(size_t most) override {
    lookup_.timed(1, 1.0);
    for (int i = 0; i < 300; ++i) lookup_.timed(2, 1.0);
    return lookup_.draft(most);
  }
  void timed(size_t, double) override {}

 private:
  Lookup lookup_;
};

/// A prompt that comes back to what it said.
Ids repetitive_prompt(const ModelConfig& config, uint32_t seed) {
  Ids ids = tiny_tokens(config, 12 + seed % 5, seed);
  const Ids copy(ids.begin() + 2, ids.begin() + 9);
  ids.insert(ids.end(), copy.begin(), copy.end());
  ids.insert(ids.end(), copy.begin(), copy.begin() + 4);
  return ids;
}

GenerateOptions options_of(const SamplerOptions& sampler, int64_t tokens = 40) {
  GenerateOptions options;
  options.max_tokens = tokens;
  options.sampler = sampler;
  options.logprobs = true;
  options.ignore_eos = true;
  options.lookup = 0;
  return options;
}

const SamplerOptions kSamplers[] = {
    {},
    {.repetition_penalty = 1.3f},
    {.temperature = 0.05f, .seed = 1},
    {.temperature = 1.0f, .top_k = 7, .top_p = 0.9f, .repetition_penalty = 1.2f, .seed = 2},
    {.temperature = 0.3f, .min_p = 0.1f, .repetition_penalty = 0.7f, .seed = 3},
    {.presence_penalty = 0.02f, .frequency_penalty = 0.01f, .bias = {{5, 0.05f}}}};

class Speculation : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(init_kernels());
    write_tiny(folder_.file("model"), GetParam());
    engine_ = open_engine(folder_.file("model"));
    ASSERT_NE(engine_, nullptr);
  }
  /// A new session's answer.
  Answer answer(const Ids& prompt, GenerateOptions options, int64_t lookup,
                Drafter* drafter = nullptr) const {
    Session session(*engine_);
    options.lookup = lookup;
    options.drafter = drafter;
    return generate(&session, prompt, options);
  }

  TempFolder folder_;
  std::unique_ptr<Engine> engine_;
};

TEST_P(Speculation, LookupGivesTheSameTokensAndLogprobs) {
  int64_t accepted = 0, rejected = 0;
  for (uint32_t seed = 0; seed < 2; ++seed) {
    const Ids prompt = repetitive_prompt(engine_->config(), seed);
    for (const SamplerOptions& sampler : kSamplers) {
      const Answer without = answer(prompt, options_of(sampler), 0);
      ASSERT_EQ(without.result->ids.size(), 40u);
      for (int64_t lookup = 1; lookup <= 8; ++lookup) {
        SCOPED_TRACE(fmt::format("seed {}, temperature {}, lookup {}", seed, sampler.temperature, lookup));
        if (lookup % 4 == 0) expect_same(answer(prompt, options_of(sampler), lookup), without);
        EagerLookup eager;
        const Answer with = answer(prompt, options_of(sampler), lookup, &eager);
        expect_same(with, without);
        accepted += with.result->accepted;
        rejected += with.result->drafted - with.result->accepted;
      }
    }
  }
  EXPECT_GT(accepted, 300);
  EXPECT_GT(rejected, 300);
}

TEST_P(Speculation, RightGuessesSavePasses) {
  const Ids prompt = repetitive_prompt(engine_->config(), 9);
  for (const SamplerOptions& sampler : kSamplers) {
    const Answer without = answer(prompt, options_of(sampler), 0);
    ScriptedDrafter knows([&](size_t p) { return without.result->ids[p - prompt.size()]; });
    for (int64_t most = 1; most <= 8; ++most) {
      const Answer with = answer(prompt, options_of(sampler), most, &knows);
      expect_same(with, without);
      // 39 tokens come from passes, most + 1 from each but a shorter last one; none runs beyond the last
      // token.
      const int64_t passes = (39 + most) / (most + 1);
      EXPECT_EQ(with.result->accepted, 39 - passes);
      EXPECT_EQ(with.result->drafted, with.result->accepted);
    }
  }
}

TEST_P(Speculation, WrongGuessesLeaveNoTrace) {
  const Ids prompt = repetitive_prompt(engine_->config(), 10);
  const auto vocab = static_cast<int32_t>(engine_->config().vocab);
  for (const SamplerOptions& sampler : kSamplers) {
    const Answer without = answer(prompt, options_of(sampler), 0);
    const auto truth = [&](size_t p) { return without.result->ids[p - prompt.size()]; };
    std::mt19937 random(5);
    const ScriptedDrafter::Rule rules[] = {
        [&](size_t) { return static_cast<int32_t>(random() % static_cast<uint32_t>(vocab)); },
        [&](size_t p) { return (truth(p) + 1) % vocab; },
        [&](size_t p) { return p % 3 == 0 ? (truth(p) + 1) % vocab : truth(p); },
        [&](size_t) { return vocab; },  // no token at all
        [&](size_t p) { return p % 4 == 0 ? -1 : truth(p); }};
    for (const auto& rule : rules) {
      for (const int64_t most : {1, 2, 5, 8}) {
        SCOPED_TRACE(fmt::format("rule {}, most {}", &rule - rules, most));
        ScriptedDrafter drafter(rule);
        const Answer with = answer(prompt, options_of(sampler), most, &drafter);
        expect_same(with, without);
        EXPECT_GT(with.result->drafted, with.result->accepted);
      }
    }
  }
}

// The next turn shares a prefix with what was run, rejected guesses behind it.
TEST_P(Speculation, TheNextTurnGoesOnFromWhatWasSaid) {
  for (const TernKvFormat kv : {TERN_KV_F16, TERN_KV_F32, TERN_KV_I8}) {
    engine_ = open_engine(folder_.file("model"), 96, kv);
    const Ids prompt = repetitive_prompt(engine_->config(), 11);
    std::mt19937 random(6);
    ScriptedDrafter garbage([&](size_t) { return static_cast<int32_t>(random() % 53); });
    Session with(*engine_), without(*engine_);
    Ids text = prompt;
    for (int turn = 0; turn < 3; ++turn) {
      GenerateOptions options = options_of({}, 9);
      const Answer expected = generate(&without, text, options);
      options.lookup = 6;
      options.drafter = &garbage;
      const Answer answer = generate(&with, text, options);
      expect_same(answer, expected);
      EXPECT_EQ(answer.result->cached_tokens, expected.result->cached_tokens);
      text.insert(text.end(), expected.result->ids.begin(), expected.result->ids.end() - turn);
      text.push_back(turn);
    }
  }
}

TEST_P(Speculation, EveryTokenLimit) {
  const Ids prompt = repetitive_prompt(engine_->config(), 12);
  const Answer whole = answer(prompt, options_of({}), 0);
  ScriptedDrafter knows([&](size_t p) { return whole.result->ids[p - prompt.size()]; });
  for (int64_t tokens = 0; tokens <= 12; ++tokens) {
    const Answer without = answer(prompt, options_of({}, tokens), 0);
    ASSERT_EQ(without.result->ids.size(), static_cast<size_t>(tokens));
    expect_same(answer(prompt, options_of({}, tokens), 8), without);
    expect_same(answer(prompt, options_of({}, tokens), 5, &knows), without);
  }
}

TEST_P(Speculation, FullContext) {
  const Ids prompt = repetitive_prompt(engine_->config(), 13);
  for (int64_t room = 0; room <= 12; ++room) {
    engine_ = open_engine(folder_.file("model"), static_cast<int64_t>(prompt.size()) + room);
    const Answer without = answer(prompt, options_of({}, -1), 0);
    ASSERT_EQ(without.result->stop, StopReason::kContextFull);
    ASSERT_EQ(without.result->ids.size(), static_cast<size_t>(room) + 1);
    ScriptedDrafter knows([&](size_t p) {
      const size_t i = p - prompt.size();
      return i < without.result->ids.size() ? without.result->ids[i] : 0;
    });
    expect_same(answer(prompt, options_of({}, -1), 8), without);
    const Answer with = answer(prompt, options_of({}, -1), 8, &knows);
    expect_same(with, without);
    EXPECT_EQ(with.result->drafted, with.result->accepted);  // no pass failed for want of room
  }
  engine_ = open_engine(folder_.file("model"), static_cast<int64_t>(prompt.size()) - 1);
  const Answer without = answer(prompt, options_of({}, -1), 0);
  ASSERT_FALSE(without.result);
  expect_same(answer(prompt, options_of({}, -1), 8), without);
}

TEST_P(Speculation, EndOfTurn) {
  GenerateOptions options = options_of({.temperature = 3.0f, .seed = 4}, 60);
  options.ignore_eos = false;
  bool ended = false;
  for (uint32_t seed = 0; seed < 6; ++seed) {
    const Ids prompt = repetitive_prompt(engine_->config(), seed);
    const Answer without = answer(prompt, options, 0);
    ended |= without.result->stop == StopReason::kEndOfTurn && without.result->ids.size() > 2;
    Ids truth = without.result->ids;
    truth.resize(70, 5);  // goes on behind the end
    ScriptedDrafter knows([&](size_t p) { return truth[p - prompt.size()]; });
    ScriptedDrafter ends([&](size_t) { return 2; });
    for (int64_t most : {1, 3, 8}) {
      expect_same(answer(prompt, options, most), without);
      expect_same(answer(prompt, options, most, &knows), without);
      expect_same(answer(prompt, options, most, &ends), without);
    }
  }
  EXPECT_TRUE(ended);
}

TEST_P(Speculation, RefusesLengthsOutOfRange) {
  for (const int64_t lookup : {-1, 65}) {
    const Answer refused = answer({1, 2}, options_of({}), lookup);
    ASSERT_FALSE(refused.result);
    EXPECT_EQ(refused.result.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(refused.result.error().message().find("lookup"), std::string::npos);
  }
}

INSTANTIATE_TEST_SUITE_P(Archs, Speculation, ::testing::Values("bitnet", "llama"),
                         [](const auto& info) { return std::string(info.param); });

/// A model whose tokens are the printable ASCII characters.
class SpeculationOfText : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(init_kernels());
    write_text_model(folder_.file("m.gguf"));
    engine_ = open_engine(folder_.file("m.gguf"));
    ASSERT_NE(engine_, nullptr);
    ASSERT_TRUE(engine_->tokenizer());
    prompt_ = repetitive_prompt(engine_->config(), 3);
    whole_ = run(options(), 0);
    ASSERT_EQ(whole_.result->text.size(), 40u);
  }
  static GenerateOptions options() { return options_of({.temperature = 0.8f, .seed = 5}); }
  Answer run(GenerateOptions options, int64_t lookup, Drafter* drafter = nullptr,
             size_t interrupt_at = 0) const {
    Session session(*engine_);
    options.lookup = lookup;
    options.drafter = drafter;
    return generate(&session, prompt_, options, interrupt_at);
  }
  ScriptedDrafter knows() const {
    return ScriptedDrafter([this](size_t p) { return whole_.result->ids[p - prompt_.size()]; });
  }

  TempFolder folder_;
  std::unique_ptr<Engine> engine_;
  Ids prompt_;
  Answer whole_{GenerateResult(), {}, {}};
};

TEST_F(SpeculationOfText, StopStrings) {
  for (size_t begin = 0; begin < 12; ++begin) {
    for (const size_t length : {1, 3}) {
      GenerateOptions stopping = options();
      stopping.stop = {whole_.result->text.substr(begin, length)};
      const Answer without = run(stopping, 0);
      ASSERT_EQ(without.result->stop, StopReason::kStopString);
      ScriptedDrafter drafter = knows();
      for (const int64_t most : {1, 4, 8}) {
        expect_same(run(stopping, most), without);
        expect_same(run(stopping, most, &drafter), without);
      }
    }
  }
}

TEST_F(SpeculationOfText, CtrlC) {
  install_interrupt_handler();
  for (size_t at = 1; at <= 12; ++at) {
    const Answer without = run(options(), 0, nullptr, at);
    ASSERT_EQ(without.result->stop, StopReason::kInterrupted);
    ASSERT_EQ(without.result->ids.size(), at);
    ScriptedDrafter drafter = knows();
    for (const int64_t most : {1, 4, 8}) {
      expect_same(run(options(), most, nullptr, at), without);
      expect_same(run(options(), most, &drafter, at), without);
    }
  }
}

// A token whose embedding overflows: an error where the text says it, nothing where only a guess did.
TEST(SpeculationErrors, OnlyTheTextFails) {
  ASSERT_TRUE(init_kernels());
  constexpr int32_t kBad = 50;
  for (const bool said : {false, true}) {
    ModelConfig config = tiny_config("llama");
    config.tied_head = false;
    RawTensors tensors = hf_tensors(make_tiny(config, 3), false);
    const auto row = [&](const char* name) {
      return reinterpret_cast<float*>(tensors[name].bytes.data()) + kBad * config.hidden;
    };
    row("model.embed_tokens.weight")[0] = INFINITY;
    // Its logit is 0 and below others', or far from all others': above them sooner or later.
    std::for_each_n(row("lm_head.weight"), config.hidden,
                    [&](float& weight) { weight *= said ? 20.0f : 0.0f; });
    TempFolder folder;
    write_hf(folder.file("m"), hf_config(config, "dense"), tensors);
    const auto engine = open_engine(folder.file("m"));
    ASSERT_NE(engine, nullptr);
    ASSERT_EQ(Session(*engine).extend(Ids{kBad}, 1).error().code(), ErrorCode::kNonFinite);

    Ids prompt = {1, 2, 3, 4};
    GenerateOptions options = options_of({});
    Session plain(*engine);
    const Answer without = generate(&plain, prompt, options);
    ASSERT_EQ(without.result.has_value(), !said);
    ScriptedDrafter bad([](size_t p) { return p % 2 == 0 ? kBad : 7; });
    options.lookup = 4;
    options.drafter = &bad;
    Session guessing(*engine);
    expect_same(generate(&guessing, prompt, options), without);
  }
}

}  // namespace
}  // namespace tern
