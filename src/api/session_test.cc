// Sessions and generation through the C ABI give what the engine gives, whatever callbacks do.
#include <cfenv>
#include <cmath>
#include <stdexcept>
#include <thread>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "api/api_testing.h"
#include "api/handles.h"
#include "base/failing_new.h"
#include "engine/limits.h"

namespace tern {
namespace {

using namespace testing;

TEST_F(Api, AnswersAreTheEngines) {
  const GenerateResult expected = this->expected();
  const SessionHandle session = this->session(prompt_);
  std::string seen;
  tern_generate_options options = answer_options();
  options.user = &seen;
  options.on_text = [](const char* text, size_t bytes, void* user) -> int32_t {
    EXPECT_EQ(text[bytes], '\0');
    static_cast<std::string*>(user)->append(text, bytes);
    return 0;
  };
  const GenerationHandle answer = generate(session.get(), options);
  EXPECT_EQ(ids_of(*answer), expected.ids);
  EXPECT_EQ(std::string(answer->text, answer->text_bytes), expected.text);
  EXPECT_EQ(seen, expected.text);
  EXPECT_TRUE(same_bits({answer->logprobs, answer->id_count}, expected.logprobs));
  EXPECT_EQ(answer->stop, TERN_STOP_MAX_TOKENS);
  EXPECT_EQ(answer->prompt_tokens, 20);
  EXPECT_EQ(answer->cached_tokens, 0);
  EXPECT_EQ(tokens_of(session.get()), prompt_ + expected.ids);

  // The same again: only the prompt's last token is run.
  ASSERT_EQ(tern_session_rewind(session.get(), prompt_.size()), TERN_OK);
  const GenerationHandle again = generate(session.get(), answer_options());
  EXPECT_EQ(ids_of(*again), expected.ids);
  EXPECT_EQ(again->cached_tokens, 19);
}

TEST_F(Api, AnswersCanBeContinued) {
  const GenerateResult whole = expected(24);
  const SessionHandle session = this->session(prompt_);
  const Ids first = ids_of(*generate(session.get(), answer_options(10)));
  // The rest is prompt now, so penalties aside nothing changes: the draw depends on the position.
  const Ids second = ids_of(*generate(session.get(), answer_options(14)));
  EXPECT_EQ(first + second, whole.ids);
}

TEST_F(Api, LogitsAreTheEngines) {
  Session engine(*engine_);
  const SessionHandle session = this->session(prompt_);
  EXPECT_EQ(logits_of(session.get()), *engine.logits_behind(prompt_, 512));
  EXPECT_EQ(logits_of(session.get()), *engine.logits_behind(prompt_, 512)) << "asked twice";
  const int32_t more[] = {7, 8};
  ASSERT_EQ(tern_session_append(session.get(), more, 2), TERN_OK);
  EXPECT_EQ(logits_of(session.get()), *engine.logits_behind(prompt_ + Ids{7, 8}, 512)) << "stale";
  ASSERT_EQ(tern_session_rewind(session.get(), 3), TERN_OK);
  EXPECT_EQ(logits_of(session.get()), *engine.logits_behind(Ids(prompt_.begin(), prompt_.begin() + 3), 512));
  expect_refused(tern_session_rewind(session.get(), 4), TERN_ERROR_INVALID_ARGUMENT, "3 tokens");
  ASSERT_EQ(tern_session_rewind(session.get(), 0), TERN_OK);
  const float* logits = nullptr;
  size_t count = 0;
  expect_refused(tern_session_logits(session.get(), &logits, &count), TERN_ERROR_INVALID_ARGUMENT, "empty");
}

TEST_F(Api, ASessionsOwnTokensCanBeAppended) {
  const SessionHandle session = this->session(prompt_);
  const int32_t* ids = nullptr;
  size_t count = 0;
  ASSERT_EQ(tern_session_tokens(session.get(), &ids, &count), TERN_OK);
  ASSERT_EQ(tern_session_append(session.get(), ids, count), TERN_OK);
  EXPECT_EQ(tokens_of(session.get()), prompt_ + prompt_);
}

TEST_F(Api, WhatDoesNotFitIsRefused) {
  const SessionHandle session = this->session(Ids(kApiContext + 1, 1));
  tern_generation* generation = nullptr;
  expect_refused(tern_session_generate(session.get(), nullptr, &generation), TERN_ERROR_CONTEXT_FULL, "96");
  EXPECT_EQ(generation, nullptr);
  ASSERT_EQ(tern_session_rewind(session.get(), kApiContext - 1), TERN_OK);
  const GenerationHandle last = generate(session.get(), answer_options());
  EXPECT_EQ(last->stop, TERN_STOP_CONTEXT_FULL);
}

TEST_F(Api, GenerateOptionsAreChecked) {
  const SessionHandle session = this->session(prompt_);
  const auto refused = [&](const std::function<void(tern_generate_options&)>& edit, std::string_view named) {
    tern_generate_options options = answer_options();
    edit(options);
    tern_generation* generation = nullptr;
    expect_refused(tern_session_generate(session.get(), &options, &generation), TERN_ERROR_INVALID_ARGUMENT,
                   named);
    EXPECT_EQ(generation, nullptr);
  };
  const tern_logit_bias bias[] = {{1, 2.0f}, {1, 3.0f}, {94, 0.0f}};
  const char* const stops[] = {"ok", nullptr, "\xff", ""};
  refused([](auto& o) { o.size = 0; }, "tern_generate_options: 0 is no size");
  refused([](auto& o) { o.max_tokens = -2; }, "-2 tokens");
  refused([](auto& o) { o.temperature = NAN; }, "temperature");
  refused([](auto& o) { o.top_k = -1; }, "top-k");
  refused([](auto& o) { o.top_p = 0; }, "top-p");
  refused([](auto& o) { o.min_p = 2; }, "min-p");
  refused([](auto& o) { o.repetition_penalty = INFINITY; }, "repetition penalty");
  refused([](auto& o) { o.lookup = INT32_MIN; }, "lookup");
  refused([](auto& o) { o.reserved = 1; }, "reserved");
  refused([](auto& o) { o.context_shift = 1, o.keep = INT64_MAX; }, "keep");
  refused([&](auto& o) { o.bias = bias, o.bias_count = 2; }, "token id 1 is given twice");
  refused([&](auto& o) { o.bias = bias + 2, o.bias_count = 1; }, "token id 94");
  refused([&](auto& o) { o.bias = bias, o.bias_count = 1000; }, "1000 biases");
  refused([&](auto& o) { o.bias_count = 1; }, "bias is NULL");
  refused([&](auto& o) { o.stop = stops, o.stop_count = 2; }, "stop[1] is NULL");
  refused([&](auto& o) { o.stop = stops + 2, o.stop_count = 1; }, "stop[0] is not UTF-8");
  refused([&](auto& o) { o.stop = stops + 3, o.stop_count = 1; }, "a stop string is empty");
  refused([&](auto& o) { o.stop = stops, o.stop_count = 5000; }, "5000 stop strings");
  EXPECT_EQ(tokens_of(session.get()), prompt_);
}

TEST_F(Api, StopStringsEndTheText) {
  const std::string whole = expected().text;
  const std::string stop = whole.substr(10, 3);
  const char* const stops[] = {stop.c_str()};
  tern_generate_options options = answer_options();
  options.stop = stops;
  options.stop_count = 1;
  const SessionHandle session = this->session(prompt_);
  const GenerationHandle answer = generate(session.get(), options);
  EXPECT_EQ(answer->stop, TERN_STOP_STRING);
  EXPECT_EQ(std::string(answer->text), whole.substr(0, whole.find(stop)));
}

TEST_F(Api, CallbacksCancel) {
  const std::string whole = expected().text;
  struct Seen {
    std::string text;
    tern_session* session;
    bool by_call;
  };
  for (const bool by_call : {false, true}) {
    const SessionHandle session = this->session(prompt_);
    Seen seen{{}, session.get(), by_call};
    tern_generate_options options = answer_options();
    options.user = &seen;
    options.on_text = [](const char* text, size_t, void* user) -> int32_t {
      auto& seen = *static_cast<Seen*>(user);
      seen.text += text;
      if (seen.text.size() < 5) return 0;
      if (!seen.by_call) return 1;
      EXPECT_EQ(tern_session_cancel(seen.session), TERN_OK);
      return 0;
    };
    const GenerationHandle answer = generate(session.get(), options);
    EXPECT_EQ(answer->stop, TERN_STOP_CANCELLED);
    EXPECT_EQ(seen.text, whole.substr(0, 5));
    EXPECT_EQ(answer->id_count, 5u);
    // It holds for that call alone.
    EXPECT_EQ(generate(session.get(), answer_options(3))->stop, TERN_STOP_MAX_TOKENS);
  }
}

TEST_F(Api, SamplersDraw) {
  tern_generate_options greedy = answer_options();
  greedy.temperature = 0;
  const SessionHandle a = session(prompt_), b = session(prompt_), c = session(prompt_), d = session(prompt_);
  const Ids expected = ids_of(*generate(a.get(), greedy));

  tern_generate_options own = answer_options();
  own.sampler = [](const float* logits, size_t vocab, const int32_t*, size_t, void*) {
    return greatest(logits, vocab);
  };
  EXPECT_EQ(ids_of(*generate(b.get(), own)), expected);

  own.sampler = [](const float* logits, size_t vocab, const int32_t* answer, size_t count, void*) -> int32_t {
    EXPECT_TRUE(count == 0 || answer[count - 1] >= 0);
    return count < 4 ? greatest(logits, vocab) : TERN_STOP;
  };
  const GenerationHandle short_one = generate(c.get(), own);
  EXPECT_EQ(ids_of(*short_one), Ids(expected.begin(), expected.begin() + 4));
  EXPECT_EQ(short_one->stop, TERN_STOP_CANCELLED);

  for (const auto wrong : {+[](const float*, size_t, const int32_t*, size_t, void*) { return int32_t{94}; },
                           +[](const float*, size_t, const int32_t*, size_t, void*) { return INT32_MIN; }}) {
    own.sampler = wrong;
    tern_generation* generation = nullptr;
    expect_refused(tern_session_generate(d.get(), &own, &generation), TERN_ERROR_INVALID_ARGUMENT,
                   "the sampler gave token id");
    EXPECT_EQ(tokens_of(d.get()), prompt_);
  }
}

TEST_F(Api, ExceptionsOfCallbacksStayInside) {
  const SessionHandle session = this->session(prompt_);
  tern_generate_options options = answer_options();
  tern_generation* generation = nullptr;
  options.on_text = [](const char*, size_t, void*) -> int32_t { throw std::runtime_error("no more"); };
  expect_refused(tern_session_generate(session.get(), &options, &generation), TERN_ERROR_INTERNAL, "no more");
  options.on_text = [](const char*, size_t, void*) -> int32_t { throw 7; };
  expect_refused(tern_session_generate(session.get(), &options, &generation), TERN_ERROR_INTERNAL,
                 "callback");
  options.on_text = [](const char*, size_t, void*) -> int32_t { throw std::bad_alloc(); };
  expect_refused(tern_session_generate(session.get(), &options, &generation), TERN_ERROR_OUT_OF_MEMORY,
                 "memory");
  EXPECT_EQ(ids_of(*generate(session.get(), answer_options())), expected().ids) << "the session is of no use";
}

TEST_F(Api, NoMemoryForTheMessageOfAnExceptionIsNoCrash) {
  const SessionHandle session = this->session(prompt_);
  tern_generate_options options = answer_options();
  options.on_text = [](const char*, size_t, void*) -> int32_t {
    const std::runtime_error error("a message that is longer than what a string has room for by itself");
    allocations_until_failure = 0;
    throw error;
  };
  tern_generation* generation = nullptr;
  const tern_status status = tern_session_generate(session.get(), &options, &generation);
  EXPECT_EQ(allocations_until_failure, -1) << "nothing was allocated";
  allocations_until_failure = -1;
  expect_refused(status, TERN_ERROR_INTERNAL, "no memory for its message");
}

TEST_F(Api, OneCallerASession) {
  struct Both {
    tern_session *same, *other;
    tern_model* model;
    int calls;
  };
  const SessionHandle session = this->session(prompt_), other = this->session(prompt_);
  Both both{session.get(), other.get(), model_.get(), 0};
  tern_generate_options options = answer_options(1);
  options.user = &both;
  options.on_text = [](const char*, size_t, void* user) -> int32_t {
    Both& both = *static_cast<Both*>(user);
    ++both.calls;
    const float* logits = nullptr;
    size_t count = 0;
    expect_refused(tern_session_logits(both.same, &logits, &count), TERN_ERROR_INVALID_ARGUMENT, "in use");
    expect_refused(tern_session_rewind(both.same, 0), TERN_ERROR_INVALID_ARGUMENT, "in use");
    EXPECT_EQ(tern_session_logits(both.other, &logits, &count), TERN_OK) << "its neighbour is free";
    int32_t* ids = nullptr;
    EXPECT_EQ(tern_tokenize(both.model, "a", 1, 0, &ids, &count), TERN_OK);
    tern_free(ids);
    return 0;
  };
  generate(session.get(), options);
  EXPECT_EQ(both.calls, 1);
}

TEST_F(Api, SessionsOfManyThreadsTakeTurns) {
  // Each thread has a text of its own: what another one leaves in the model's buffers is wrong for it.
  constexpr size_t kThreads = 4;
  constexpr int kRounds = 20;
  std::vector<Ids> prompts;
  std::vector<std::vector<float>> expected;
  for (size_t i = 0; i < kThreads; ++i) {
    prompts.push_back(tiny_tokens(engine_->config(), 40, static_cast<uint32_t>(i + 10)));
    Session session(*engine_);
    expected.push_back(*session.logits_behind(prompts[i], 512));
  }
  std::atomic<size_t> ready = 0;
  std::vector<std::thread> threads;
  for (size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      ++ready;
      while (ready < kThreads) std::this_thread::yield();
      for (int round = 0; round < kRounds; ++round) {
        const SessionHandle session = this->session(prompts[i]);
        ASSERT_EQ(logits_of(session.get()), expected[i]) << "thread " << i << ", round " << round;
        tern_score_item item{};
        item.context = item.continuation = prompts[i].data();
        item.context_count = item.continuation_count = prompts[i].size();
        ASSERT_EQ(tern_score(model_.get(), &item, 1), TERN_OK) << tern_last_error();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(Api, CancelsFromAnotherThread) {
  const SessionHandle session = this->session(prompt_);
  std::atomic<bool> begun = false;
  tern_generate_options options = answer_options(-1);
  options.context_shift = 1;  // it would go on for ever
  options.ignore_eos = 1;
  options.user = &begun;
  options.on_text = [](const char*, size_t, void* user) -> int32_t {
    *static_cast<std::atomic<bool>*>(user) = true;
    return 0;
  };
  std::thread canceller([&] {
    while (!begun) std::this_thread::yield();
    EXPECT_EQ(tern_session_cancel(session.get()), TERN_OK);
  });
  EXPECT_EQ(generate(session.get(), options)->stop, TERN_STOP_CANCELLED);
  canceller.join();
}

// Long options take a while to read: a cancel that comes meanwhile is not forgotten.
TEST_F(Api, CancelsWhileOptionsAreRead) {
  const SessionHandle session = this->session(prompt_);
  const std::string stop(4096, '~');
  const std::vector<const char*> stops(4096, stop.c_str());
  tern_generate_options options = answer_options(8);
  options.stop = stops.data();
  options.stop_count = stops.size();
  std::thread canceller([&] {
    while (!session->busy) {
    }
    EXPECT_EQ(tern_session_cancel(session.get()), TERN_OK);
  });
  tern_generation* generation = nullptr;
  expect_refused(tern_session_generate(session.get(), &options, &generation), TERN_ERROR_CANCELLED,
                 "interrupted");
  canceller.join();
  // When nothing runs there is nothing to cancel. Any call takes the cancel of the one before back.
  EXPECT_EQ(tokens_of(session.get()), prompt_);
  EXPECT_EQ(tern_session_cancel(session.get()), TERN_OK);
  EXPECT_EQ(session->cancelled, false);
  EXPECT_EQ(generate(session.get(), answer_options(3))->stop, TERN_STOP_MAX_TOKENS);
}

TEST_F(Api, NoSessionIsLongerThanAnyContext) {
  const SessionHandle session = this->session(prompt_);
  session->tokens.resize(static_cast<size_t>(kMaxContext) + 1, 1);  // as answers that shift make it
  const int32_t id = 1;
  expect_refused(tern_session_append(session.get(), &id, 1), TERN_ERROR_CONTEXT_FULL, "16777216");
}

TEST_F(Api, SessionsOutliveTheirModelsHandle) {
  const Ids expected = this->expected().ids;
  const SessionHandle session = this->session(prompt_);
  model_.reset();
  EXPECT_EQ(ids_of(*generate(session.get(), answer_options())), expected);
}

TEST_F(Api, CallersRoundingChangesNothing) {
  const SessionHandle plain = session(prompt_), odd = session(prompt_);
  const std::vector<float> expected = logits_of(plain.get());
  ASSERT_EQ(std::fesetround(FE_UPWARD), 0);
#if defined(__x86_64__)
  _MM_SET_FLUSH_ZERO_MODE(_MM_FLUSH_ZERO_ON);
#endif
  const std::vector<float> got = logits_of(odd.get());
  EXPECT_EQ(std::fegetround(), FE_UPWARD) << "the caller's rounding is lost";
#if defined(__x86_64__)
  EXPECT_EQ(_MM_GET_FLUSH_ZERO_MODE(), static_cast<unsigned>(_MM_FLUSH_ZERO_ON));
  _MM_SET_FLUSH_ZERO_MODE(_MM_FLUSH_ZERO_OFF);
#endif
  std::fesetround(FE_TONEAREST);
  EXPECT_EQ(std::memcmp(got.data(), expected.data(), expected.size() * sizeof(float)), 0);
}

}  // namespace
}  // namespace tern
