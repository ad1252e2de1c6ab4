// <tern/tern.h>: the same over exceptions and values. Nothing else of ours is included: its names are those
// of src/engine.
#include <gtest/gtest.h>
#include <tern/tern.h>

#include <stdexcept>

#include "api/testing.h"

namespace {

using tern_api_testing::text_model;

tern::Model open() {
  return tern::Model(text_model(),
                     {.threads = 1, .context = 96, .chat_template = tern_api_testing::chat_template()});
}

/// Opening with `options` fails, and the message says `named`.
void expect_refused(const tern::ModelOptions& options, const std::string& named) {
  try {
    const tern::Model model(text_model(), options);
    ADD_FAILURE() << "opened in spite of " << named;
  } catch (const tern::Error& error) {
    EXPECT_NE(std::string(error.what()).find(named), std::string::npos) << error.what();
  }
}

const tern::GenerateOptions kOptions = {.max_tokens = 12, .temperature = 0.8f, .seed = 5, .logprobs = true};

TEST(Cpp, ModelsAndText) {
  const tern::Model model = open();
  EXPECT_EQ(model.facts().vocab, 94);
  EXPECT_EQ(model.facts().context, 96);
  const std::vector<int32_t> ids = model.tokenize("Hello");
  EXPECT_EQ(model.detokenize(ids), "Hello");
  const std::vector<tern::Message> messages = {{"user", "Hi"}};
  EXPECT_EQ(model.chat_text(messages), "user:Hi;assistant:");
  EXPECT_EQ(model.detokenize(model.chat_tokens(messages, false)), "user:Hi;");
  EXPECT_EQ(model.embed(ids).size(), 40u);
  EXPECT_NE(model.embed(ids), model.embed(ids, tern::Pooling::last));
}

TEST(Cpp, AnswersAreThoseOfTheCAbi) {
  const tern::Model model = open();
  tern::Session session(model);
  session.append("To_be");
  std::string seen;
  const tern::Generation answer = session.generate(kOptions, [&](std::string_view text) { seen += text; });
  EXPECT_EQ(answer.ids.size(), 12u);
  EXPECT_EQ(answer.logprobs.size(), 12u);
  EXPECT_EQ(answer.stop, tern::StopReason::max_tokens);
  EXPECT_EQ(answer.prompt_tokens, 5);
  EXPECT_EQ(seen, answer.text);
  EXPECT_EQ(session.tokens().size(), 17u);
  EXPECT_EQ(session.logits().size(), 94u);

  // Every option arrives: the C struct filled by hand gives the same.
  tern_generate_options c;
  ASSERT_EQ(tern_generate_options_init(&c, sizeof c), TERN_OK);
  const tern_logit_bias bias = {40, 3.0f};
  const char* const stop = answer.text.c_str() + 9;
  c.max_tokens = 20, c.temperature = 0.9f, c.top_k = 30, c.top_p = 0.95f, c.min_p = 0.01f, c.seed = 9;
  c.repetition_penalty = 1.1f, c.presence_penalty = 0.2f, c.frequency_penalty = 0.1f, c.bias = &bias,
  c.bias_count = 1;
  c.stop = &stop, c.stop_count = 1, c.lookup = 2, c.ignore_eos = 1, c.logprobs = 1;
  session.rewind(5);
  tern_generation* made = nullptr;
  ASSERT_EQ(tern_session_generate(session.c_session(), &c, &made), TERN_OK) << tern_last_error();
  const std::vector<int32_t> expected(made->ids, made->ids + made->id_count);
  tern_generation_free(made);
  session.rewind(5);
  const tern::GenerateOptions same = {.max_tokens = 20,
                                      .temperature = 0.9f,
                                      .top_k = 30,
                                      .top_p = 0.95f,
                                      .min_p = 0.01f,
                                      .repetition_penalty = 1.1f,
                                      .presence_penalty = 0.2f,
                                      .frequency_penalty = 0.1f,
                                      .seed = 9,
                                      .bias = {{40, 3.0f}},
                                      .stop = {stop},
                                      .ignore_eos = true,
                                      .logprobs = true,
                                      .lookup = 2};
  EXPECT_EQ(session.generate(same).ids, expected);
}

// Of a session that is full: the two options that say what becomes of it.
TEST(Cpp, ShiftedContextsAreThoseOfTheCAbi) {
  const tern::Model model(text_model(), {.threads = 1, .context = 20});
  tern::Session session(model);
  session.append("To_be");
  tern_generate_options c;
  ASSERT_EQ(tern_generate_options_init(&c, sizeof c), TERN_OK);
  c.max_tokens = 40, c.ignore_eos = 1, c.context_shift = 1, c.keep = 8;
  tern_generation* made = nullptr;
  ASSERT_EQ(tern_session_generate(session.c_session(), &c, &made), TERN_OK) << tern_last_error();
  const std::vector<int32_t> expected(made->ids, made->ids + made->id_count);
  const int64_t dropped = made->dropped_tokens;
  tern_generation_free(made);
  EXPECT_GT(dropped, 0);
  session.reset();
  session.append("To_be");
  const tern::GenerateOptions same = {.max_tokens = 40, .ignore_eos = true, .context_shift = true, .keep = 8};
  const tern::Generation answer = session.generate(same);
  EXPECT_EQ(answer.ids, expected);
  EXPECT_EQ(answer.dropped_tokens, dropped);
}

TEST(Cpp, EveryOptionOfAModelArrives) {
  expect_refused({.threads = -7}, "threads -7");
  expect_refused({.context = -7}, "context -7");
  expect_refused({.kv = "wrong"}, "--kv wrong");
  expect_refused({.packing = "wrong"}, "--packing wrong");
  expect_refused({.dense_act = "wrong"}, "--dense-act wrong");
  expect_refused({.linear_class = "wrong"}, "--linear-class wrong");
  expect_refused({.linear = "wrong"}, "--linear wrong");
  expect_refused({.activation = "wrong"}, "--activation wrong");
  expect_refused({.i2s_layout = "wrong"}, "--i2s-layout wrong");
  expect_refused({.tokenizer = "/no/tokenizer"}, "/no/tokenizer");
  expect_refused({.pre = "gpt-2", .tokenizer = "/no/tokenizer"}, "--pre has no effect");
  expect_refused({.chat_template = "/no/template"}, "/no/template");
  expect_refused({.chat_encoding = "wrong"}, "chat encoding 'wrong'");
}

TEST(Cpp, CallbacksEndAnswers) {
  const tern::Model model = open();
  tern::Session session(model);
  session.append("To_be");
  size_t pieces = 0;
  EXPECT_EQ(session.generate(kOptions, [&](std::string_view) { return ++pieces < 3; }).stop,
            tern::StopReason::cancelled);
  EXPECT_EQ(pieces, 3u);
  session.rewind(5);
  EXPECT_EQ(session.generate(kOptions, [&](std::string_view) { session.cancel(); }).ids.size(), 1u);
  tern::GenerateOptions own = kOptions;
  own.sampler = [](std::span<const float>, std::span<const int32_t> answer) -> std::optional<int32_t> {
    if (answer.size() == 2) return std::nullopt;
    return 33;
  };
  EXPECT_EQ(session.generate(own).text, "BB");
}

TEST(Cpp, ExceptionsOfCallbacksComeOut) {
  const tern::Model model = open();
  tern::Session session(model);
  session.append("To_be");
  const auto throws = [](std::string_view) { throw std::domain_error("mine"); };
  EXPECT_THROW(session.generate(kOptions, throws), std::domain_error);
  tern::GenerateOptions own = kOptions;
  own.sampler = [](std::span<const float>, std::span<const int32_t>) -> std::optional<int32_t> {
    throw std::domain_error("mine");
  };
  EXPECT_THROW(session.generate(own), std::domain_error);
  // The first exception counts: the sampler's, although text that was held back comes after it.
  session.reset();
  session.append("To_be");
  own.stop = {"BX"};
  own.sampler = [](std::span<const float>, std::span<const int32_t> answer) -> std::optional<int32_t> {
    if (!answer.empty()) throw std::domain_error("first");
    return 33;  // B
  };
  EXPECT_THROW(session.generate(own, [](std::string_view) { throw std::logic_error("second"); }),
               std::domain_error);
  session.reset();
  session.append("To_be");
  EXPECT_EQ(session.generate(kOptions).ids.size(), 12u);
}

TEST(Cpp, ErrorsAreExceptions) {
  try {
    tern::Model("/none/here.gguf");
    FAIL() << "opened nothing";
  } catch (const tern::Error& error) {
    EXPECT_EQ(error.status(), TERN_ERROR_NOT_FOUND);
    EXPECT_STREQ(error.name(), "not_found");
    EXPECT_NE(std::string(error.what()).find("/none/here.gguf"), std::string::npos);
  }
  const tern::Model model = open();
  tern::Session session(model);
  EXPECT_THROW(session.append("\xff"), tern::Error);
  EXPECT_THROW(session.generate(), tern::Error) << "of no tokens";
  EXPECT_THROW(session.rewind(1), tern::Error);
  EXPECT_THROW(
      static_cast<void>(model.chat_text(std::vector<tern::Message>{{"user", std::string("a\0b", 3)}})),
      tern::Error);
}

TEST(Cpp, ScoresABatch) {
  const tern::Model model = open();
  const std::vector<int32_t> context = model.tokenize("To_be"), a = model.tokenize("or"),
                             b = model.tokenize("not");
  const std::vector<tern::ScoreRequest> requests = {{context, a}, {context, b}};
  const std::vector<tern::Score> scores = model.score(requests);
  ASSERT_EQ(scores.size(), 2u);
  EXPECT_EQ(scores[0].logprobs.size(), 2u);
  EXPECT_EQ(scores[1].logprobs.size(), 3u);
  EXPECT_EQ(scores[0].total, scores[0].logprobs[0] + scores[0].logprobs[1]);
  EXPECT_EQ(model.score(std::span(requests).subspan(1))[0].total, scores[1].total)
      << "depends on its neighbour";
}

}  // namespace
