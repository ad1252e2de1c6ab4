// How an answer ends, and what of it is shown.
#include <algorithm>
#include <atomic>

#include "engine/testing.h"

namespace tern {
namespace {

using namespace testing;

constexpr int64_t kContext = 80;

/// Every piece of text in one.
std::string shown(const Answer& answer) {
  std::string text;
  for (const std::string& piece : answer.pieces) text += piece;
  return text;
}

Ids first(const Ids& ids, size_t n) {
  return {ids.begin(), ids.begin() + static_cast<ptrdiff_t>(n)};
}

/// Raises SIGINT when it gets the prompt, which is read then.
class InterruptingDrafter final : public Drafter {
 public:
  void begin(std::span<const int32_t>) override { std::raise(SIGINT); }
  void add(int32_t) override {}
  std::span<const int32_t> draft(size_t) override { return {}; }
  void timed(size_t, double) override {}
};

class Generate : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(init_kernels());
    open();
    prompt_ = tiny_tokens(engine_->config(), 20, 4);
    whole_ = run(options());
    ASSERT_TRUE(whole_.result);
    ASSERT_EQ(whole_.result->ids.size(), 40u);
    ASSERT_EQ(whole_.result->text.size(), 40u);
    ASSERT_EQ(shown(whole_), whole_.result->text);
  }
  void open(int32_t eos = -1) {
    write_text_model(folder_.file("m.gguf"), eos);
    engine_ = open_engine(folder_.file("m.gguf"), kContext);
    ASSERT_NE(engine_, nullptr);
  }
  static GenerateOptions options(int64_t tokens = 40) {
    GenerateOptions options;
    options.max_tokens = tokens;
    options.sampler = {.temperature = 0.8f, .seed = 5};
    options.logprobs = true;
    return options;
  }
  Answer run(const GenerateOptions& options, size_t interrupt_at = 0) const {
    Session session(*engine_);
    return generate(&session, prompt_, options, interrupt_at);
  }
  /// The answer is the first `n` tokens of the whole one, of which the first `characters` are shown.
  void expect_beginning(const Answer& answer, size_t n, size_t characters, StopReason stop) const {
    ASSERT_TRUE(answer.result) << answer.result.error().message();
    EXPECT_EQ(answer.result->ids, first(whole_.result->ids, n));
    EXPECT_EQ(stop_reason_name(answer.result->stop), stop_reason_name(stop));
    EXPECT_EQ(answer.result->text, whole_.result->text.substr(0, characters));
    EXPECT_EQ(shown(answer), answer.result->text);
    const std::vector<double>& logprobs = whole_.result->logprobs;
    EXPECT_EQ(answer.result->logprobs,
              std::vector<double>(logprobs.begin(), logprobs.begin() + static_cast<ptrdiff_t>(n)));
    // Nobody asks what follows the last token, so it is not run; Ctrl-C is seen when somebody does.
    const size_t run = stop == StopReason::kInterrupted ? n : std::max<size_t>(n, 1) - 1;
    EXPECT_EQ(answer.cached, prompt_ + first(whole_.result->ids, run));
  }

  TempFolder folder_;
  std::unique_ptr<Engine> engine_;
  Ids prompt_;
  Answer whole_{GenerateResult(), {}, {}};
};

TEST_F(Generate, MaxTokens) {
  for (const int64_t n : {0, 1, 7, 39}) {
    expect_beginning(run(options(n)), static_cast<size_t>(n), static_cast<size_t>(n), StopReason::kMaxTokens);
  }
  EXPECT_TRUE(run(options(0)).pieces.empty());
}

TEST_F(Generate, UntilTheContextIsFull) {
  const Answer full = run(options(-1));
  // One more than there are positions: nothing is run behind it.
  ASSERT_EQ(full.result->ids.size(), kContext - prompt_.size() + 1);
  EXPECT_EQ(full.result->stop, StopReason::kContextFull);
  EXPECT_EQ(full.cached.size(), static_cast<size_t>(kContext));
  EXPECT_EQ(first(full.result->ids, 40), whole_.result->ids);
  EXPECT_EQ(run(options(1000)).result->stop, StopReason::kContextFull);
  const Answer exact = run(options(static_cast<int64_t>(full.result->ids.size())));
  EXPECT_EQ(exact.result->ids, full.result->ids);
  EXPECT_EQ(exact.result->stop, StopReason::kMaxTokens);
}

TEST_F(Generate, APromptOfTheWholeContext) {
  prompt_ = tiny_tokens(engine_->config(), kContext, 4);
  const Answer one = run(options(-1));
  ASSERT_EQ(one.result->ids.size(), 1u);
  EXPECT_EQ(one.result->stop, StopReason::kContextFull);
  EXPECT_EQ(run(options(1)).result->stop, StopReason::kMaxTokens);
  EXPECT_EQ(run(options(0)).result->ids.size(), 0u);
  prompt_.push_back(1);
  GenerateOptions in_chunks = options(0);
  in_chunks.chunk = 10;
  const Answer none = run(in_chunks);
  expect_error(none.result, ErrorCode::kContextFull, "81 tokens do not fit the context of 80");
  EXPECT_TRUE(none.cached.empty()) << "tokens were run although they do not fit";
}

TEST_F(Generate, EndOfTurn) {
  const Ids ids = whole_.result->ids;
  size_t end = 3;
  while (end < 30 && std::count(ids.begin(), ids.end(), ids[end]) > 1) ++end;
  open(ids[end]);
  // It counts as a token, but is neither shown nor run.
  expect_beginning(run(options()), end + 1, end, StopReason::kEndOfTurn);
  expect_beginning(run(options(static_cast<int64_t>(end) + 1)), end + 1, end, StopReason::kEndOfTurn);
  expect_beginning(run(options(static_cast<int64_t>(end))), end, end, StopReason::kMaxTokens);
  GenerateOptions ignoring = options();
  ignoring.ignore_eos = true;
  const Answer ignored = run(ignoring);
  EXPECT_EQ(ignored.result->ids, ids);
  EXPECT_EQ(ignored.result->stop, StopReason::kMaxTokens);
  EXPECT_EQ(ignored.result->text, whole_.result->text.erase(end, 1)) << "it is special, so it has no text";
}

TEST_F(Generate, StopStrings) {
  const std::string& text = whole_.result->text;
  const auto stopping = [&](std::vector<std::string> stops) {
    GenerateOptions stopping = options();
    stopping.stop = std::move(stops);
    return run(stopping);
  };
  for (const size_t length : {1, 2, 5}) {
    for (size_t begin = 0; begin < 30; begin += 6) {
      const std::string stop = text.substr(begin, length);
      const size_t match = text.find(stop);
      expect_beginning(stopping({stop}), match + length, match, StopReason::kStopString);
      expect_beginning(stopping({"no such text", text.substr(35), stop}), match + length, match,
                       StopReason::kStopString);
    }
  }
  // What may have been the beginning of one is shown in the end.
  expect_beginning(stopping({text.substr(36) + "..."}), 40, 40, StopReason::kMaxTokens);
}

TEST_F(Generate, CtrlC) {
  install_interrupt_handler();
  expect_beginning(run(options(), 3), 3, 3, StopReason::kInterrupted);
  InterruptingDrafter drafter;
  GenerateOptions at_once = options();
  at_once.drafter = &drafter;
  expect_beginning(run(at_once), 0, 0, StopReason::kInterrupted);

  // While the prompt is read it is an error: there is no answer yet.
  Session session(*engine_);
  std::raise(SIGINT);
  expect_error(session.generate(prompt_, options(), {}), ErrorCode::kInterrupted, "prompt");
  expect_error(session.logits(prompt_, 1), ErrorCode::kInterrupted, "prompt");
  EXPECT_TRUE(session.cached().empty());
  clear_interrupt();
  expect_same(generate(&session, prompt_, options()), whole_);
}

TEST_F(Generate, WithoutATokenizerThereAreIdsAlone) {
  write_tiny(folder_.file("hf"), "llama");
  engine_ = open_engine(folder_.file("hf"), kContext);
  GenerateOptions asked = options(6);
  asked.ignore_eos = true;
  asked.stop = {"a"};
  prompt_ = {1, 2, 3};
  const Answer answer = run(asked);
  EXPECT_EQ(answer.result->ids.size(), 6u);
  EXPECT_EQ(answer.result->text, "");
  EXPECT_TRUE(answer.pieces.empty());
}

TEST_F(Generate, NobodyNeedsToListen) {
  Session session(*engine_);
  EXPECT_EQ(session.generate(prompt_, options(), {})->text, whole_.result->text);
}

TEST_F(Generate, RefusesOptionsOutOfRange) {
  const struct {
    std::string_view named;
    std::function<void(GenerateOptions&)> edit;
  } cases[] = {{"-2 tokens", [](GenerateOptions& o) { o.max_tokens = -2; }},
               {"lookup -1", [](GenerateOptions& o) { o.lookup = -1; }},
               {"lookup 65", [](GenerateOptions& o) { o.lookup = 65; }},
               {"temperature", [](GenerateOptions& o) { o.sampler.temperature = -1; }},
               {"101 logprobs", [](GenerateOptions& o) { o.top_logprobs = 101; }},
               {"logit bias: token id 94",
                [](GenerateOptions& o) {
                  o.sampler.bias = {{94, 1.0f}};
                }},
               {"stop string is empty",
                [](GenerateOptions& o) {
                  o.stop = {"ok", ""};
                }},
               {"top-k", [](GenerateOptions& o) { o.sampler.top_k = -1; }}};
  Session session(*engine_);
  ASSERT_TRUE(session.extend(prompt_, 512));
  for (const auto& c : cases) {
    GenerateOptions bad = options();
    c.edit(bad);
    expect_error(session.generate(Ids{1}, bad, {}), ErrorCode::kInvalidArgument, c.named);
    EXPECT_EQ(session.cached(), prompt_) << "an answer that was refused has changed the session";
  }
  GenerateOptions most = options();
  most.lookup = 64;
  expect_same(generate(&session, prompt_, most), whole_);
}

TEST_F(Generate, WhoPicksNeedsNoSampler) {
  GenerateOptions picking = options(2);
  picking.pick = [](std::span<const float>, const TextSoFar&) { return std::optional<int32_t>(7); };
  picking.sampler.temperature = -1;
  picking.sampler.bias = {{94, 1.0f}};
  const Answer answer = run(picking);
  ASSERT_TRUE(answer.result) << answer.result.error().message();
  EXPECT_EQ(answer.result->ids, (Ids{7, 7}));
}

TEST(StopReasons, HaveNames) {
  EXPECT_EQ(stop_reason_name(StopReason::kEndOfTurn), "end_of_turn");
  EXPECT_EQ(stop_reason_name(StopReason::kMaxTokens), "max_tokens");
  EXPECT_EQ(stop_reason_name(StopReason::kStopString), "stop_string");
  EXPECT_EQ(stop_reason_name(StopReason::kContextFull), "context_full");
  EXPECT_EQ(stop_reason_name(StopReason::kInterrupted), "interrupted");
}

TEST_F(Generate, CanBeCancelledWhileThePromptIsRead) {
  std::atomic<bool> cancel = true;
  Session session(*engine_);
  session.set_cancel(&cancel);
  expect_error(session.generate(prompt_, options(), {}), ErrorCode::kInterrupted, "while reading the prompt");
  expect_error(session.logits_behind(prompt_, 512), ErrorCode::kInterrupted, "while reading the prompt");
  cancel = false;
  const auto answer = session.generate(prompt_, options(), [&](std::string_view) { cancel = true; });
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->stop, StopReason::kInterrupted);
  EXPECT_EQ(answer->ids, first(whole_.result->ids, 1));
}

}  // namespace
}  // namespace tern
