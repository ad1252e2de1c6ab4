// The library, models, text: against the engine, and against callers who are wrong.
#include <array>
#include <thread>

#include "api/api_testing.h"

namespace tern_api_testing {

namespace {
tern::testing::TempFolder& folder() {
  static tern::testing::TempFolder folder;
  return folder;
}
}  // namespace

const std::string& text_model() {
  static const std::string path = [] {
    tern::testing::write_text_model(folder().file("m.gguf"));
    return folder().file("m.gguf");
  }();
  return path;
}

const std::string& chat_template() {
  static const std::string path = [] {
    tern::testing::write_file(folder().file("t.jinja"),
                              "{% for m in messages %}{{ m['role'] + ':' + m['content'] + ';' }}{% endfor %}"
                              "{% if add_generation_prompt %}assistant:{% endif %}");
    return folder().file("t.jinja");
  }();
  return path;
}

}  // namespace tern_api_testing

namespace tern {
namespace {

using namespace testing;
using tern_api_testing::text_model;

/// Frees what a function gave to tern_free().
template <typename T>
std::vector<T> taken(T* values, size_t count) {
  std::vector<T> copy(values, values + count);
  tern_free(values);
  return copy;
}

TEST(ApiLibrary, VersionIsTheHeaders) {
  EXPECT_EQ(std::string(tern_version()),
            fmt::format("{}.{}.{}", TERN_VERSION_MAJOR, TERN_VERSION_MINOR, TERN_VERSION_PATCH));
  EXPECT_EQ(std::string(tern_build_info()).find(fmt::format("tern {}, ", tern_version())), 0u)
      << tern_build_info();
}

TEST(ApiLibrary, StatusesHaveNames) {
  EXPECT_STREQ(tern_status_name(TERN_OK), "ok");
  EXPECT_STREQ(tern_status_name(TERN_ERROR_BAD_FILE), "bad_file");
  EXPECT_STREQ(tern_status_name(TERN_ERROR_CANCELLED), "cancelled");
  EXPECT_STREQ(tern_status_name(-7), "unknown");
}

TEST(ApiLibrary, ErrorsBelongToTheirThread) {
  tern_model* model = nullptr;
  expect_refused(tern_model_open("/none/here.gguf", nullptr, &model), TERN_ERROR_NOT_FOUND,
                 "/none/here.gguf");
  EXPECT_EQ(model, nullptr);
  std::thread([] { EXPECT_STREQ(tern_last_error(), ""); }).join();
  EXPECT_NE(std::string(tern_last_error()).find("/none/here.gguf"), std::string::npos);
}

TEST(ApiLibrary, WarningsGoToTheLogAlone) {
  std::vector<std::string> lines;
  const auto log = [](const char* message, void* user) {
    static_cast<std::vector<std::string>*>(user)->emplace_back(message);
  };
  ASSERT_EQ(tern_set_log(log, &lines), TERN_OK);
  tern_model_options options = model_options();
  options.context = 1000;  // the model was trained for fewer
  tern_model* model = nullptr;
  ::testing::internal::CaptureStderr();
  ASSERT_EQ(tern_model_open(text_model().c_str(), &options, &model), TERN_OK) << tern_last_error();
  tern_model_free(model);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_NE(lines[0].find("1000"), std::string::npos) << lines[0];
  ASSERT_EQ(tern_set_log(nullptr, nullptr), TERN_OK);
  ASSERT_EQ(tern_model_open(text_model().c_str(), &options, &model), TERN_OK);
  tern_model_free(model);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(lines.size(), 1u);
}

TEST(ApiOptions, SizesOfOtherVersions) {
  tern_model* model = nullptr;
  for (const size_t size : {size_t{0}, sizeof(tern_model_options) - 8, size_t{4097}, SIZE_MAX}) {
    tern_model_options options = model_options();
    options.size = size;
    expect_refused(tern_model_open(text_model().c_str(), &options, &model), TERN_ERROR_INVALID_ARGUMENT,
                   fmt::format("tern_model_options: {} is no size", size));
    expect_refused(tern_model_options_init(&options, size), TERN_ERROR_INVALID_ARGUMENT, "is no size");
  }

  // A program of a later version: what it does not use is no matter, what it uses is not ignored.
  struct Newer {
    tern_model_options options;
    std::array<char, 64> more{};
  } newer;
  newer.more.fill('x');
  ASSERT_EQ(tern_model_options_init(&newer.options, sizeof newer), TERN_OK);
  EXPECT_EQ(newer.more, decltype(newer.more){});
  newer.more.back() = 1;
  expect_refused(tern_model_open(text_model().c_str(), &newer.options, &model), TERN_ERROR_UNSUPPORTED,
                 "newer");
  newer.more.back() = 0;
  ASSERT_EQ(tern_model_open(text_model().c_str(), &newer.options, &model), TERN_OK) << tern_last_error();
  tern_model_free(model);
}

TEST(ApiOptions, AreRefusedAsByTheCommand) {
  tern_model* model = nullptr;
  const auto refused = [&](const std::function<void(tern_model_options&)>& edit, std::string_view named) {
    tern_model_options options = model_options();
    edit(options);
    expect_refused(tern_model_open(text_model().c_str(), &options, &model), TERN_ERROR_INVALID_ARGUMENT,
                   named);
    EXPECT_EQ(model, nullptr);
  };
  refused([](auto& o) { o.kv = "f17"; }, "--kv f17: must be one of f16, f32, i8");
  refused([](auto& o) { o.packing = ""; }, "--packing : must be one of auto, 2, 1.6");
  refused([](auto& o) { o.dense_act = "q9"; }, "--dense-act q9");
  refused([](auto& o) { o.threads = -1; }, "threads -1");
  refused([](auto& o) { o.context = INT64_MIN; }, "context");
  refused([](auto& o) { o.linear = "none"; }, "--linear none");
  refused([](auto& o) { o.chat_encoding = "none"; }, "none");
  tern_model_options options = model_options();
  options.chat_template = "/none.jinja";
  expect_refused(tern_model_open(text_model().c_str(), &options, &model), TERN_ERROR_NOT_FOUND,
                 "/none.jinja");
}

TEST_F(Api, NullsAreRefused) {
  const tern_model* const model = model_.get();
  const SessionHandle handle = session({1, 2});
  tern_session* const session = handle.get();
  int32_t* ids = nullptr;
  const int32_t* tokens = nullptr;
  const float* logits = nullptr;
  char* text = nullptr;
  size_t count = 0;
  float value = 0;
  const int32_t id = 1;
  tern_message message{"user", nullptr};
  tern_model* opened = nullptr;
  tern_session* made = nullptr;
  tern_generation* generation = nullptr;
  tern_model_facts facts{};
  facts.size = sizeof facts;
  tern_score_item item{};
  const tern_status statuses[] = {
      tern_model_options_init(nullptr, sizeof(tern_model_options)),
      tern_generate_options_init(nullptr, sizeof(tern_generate_options)),
      tern_model_open(nullptr, nullptr, &opened),
      tern_model_open("m", nullptr, nullptr),
      tern_model_get_facts(nullptr, &facts),
      tern_model_get_facts(model, nullptr),
      tern_tokenize(nullptr, "a", 1, 0, &ids, &count),
      tern_tokenize(model, nullptr, 1, 0, &ids, &count),
      tern_tokenize(model, "a", 1, 0, nullptr, &count),
      tern_tokenize(model, "a", 1, 0, &ids, nullptr),
      tern_detokenize(nullptr, &id, 1, 0, &text, &count),
      tern_detokenize(model, nullptr, 1, 0, &text, &count),
      tern_detokenize(model, &id, 1, 0, nullptr, &count),
      tern_chat_tokenize(nullptr, &message, 1, 1, &ids, &count),
      tern_chat_tokenize(model, nullptr, 1, 1, &ids, &count),
      tern_chat_tokenize(model, &message, 1, 1, &ids, &count),
      tern_chat_text(model, &message, 1, 1, &text, &count),
      tern_session_new(nullptr, &made),
      tern_session_new(model, nullptr),
      tern_session_append(nullptr, &id, 1),
      tern_session_append(session, nullptr, 1),
      tern_session_append_text(nullptr, "a", 1, 0),
      tern_session_append_text(session, nullptr, 1, 0),
      tern_session_tokens(nullptr, &tokens, &count),
      tern_session_tokens(session, nullptr, &count),
      tern_session_rewind(nullptr, 0),
      tern_session_logits(nullptr, &logits, &count),
      tern_session_logits(session, nullptr, &count),
      tern_session_cancel(nullptr),
      tern_session_generate(nullptr, nullptr, &generation),
      tern_session_generate(session, nullptr, nullptr),
      tern_score(nullptr, &item, 1),
      tern_score(model, nullptr, 1),
      tern_embed(nullptr, &id, 1, 0, &value, 1),
      tern_embed(model, nullptr, 1, 0, &value, 1),
      tern_embed(model, &id, 1, 0, nullptr, 1),
  };
  for (size_t i = 0; i < std::size(statuses); ++i)
    EXPECT_EQ(statuses[i], TERN_ERROR_INVALID_ARGUMENT) << "call " << i;
  expect_refused(tern_session_append(session, nullptr, SIZE_MAX), TERN_ERROR_INVALID_ARGUMENT, "ids is NULL");
  expect_refused(tern_session_append(session, &id, SIZE_MAX), TERN_ERROR_INVALID_ARGUMENT, "ids");
  EXPECT_EQ(tokens_of(session), (Ids{1, 2})) << "a refused call changed the session";
  EXPECT_EQ(tern_session_append(session, nullptr, 0), TERN_OK);
  tern_model_free(nullptr);
  tern_session_free(nullptr);
  tern_generation_free(nullptr);
  tern_free(nullptr);
}

TEST_F(Api, FactsAreTheEngines) {
  tern_model_facts facts{};
  facts.size = sizeof facts;
  ASSERT_EQ(tern_model_get_facts(model_.get(), &facts), TERN_OK) << tern_last_error();
  const ModelConfig& config = engine_->config();
  EXPECT_EQ(facts.size, sizeof facts);
  EXPECT_STREQ(facts.architecture, "llama");
  EXPECT_STREQ(facts.format, "gguf");
  EXPECT_EQ(facts.vocab, config.vocab);
  EXPECT_EQ(facts.hidden, config.hidden);
  EXPECT_EQ(facts.layers, config.layers);
  EXPECT_EQ(facts.heads, config.heads);
  EXPECT_EQ(facts.kv_heads, config.kv_heads);
  EXPECT_EQ(facts.head_dim, config.head_dim);
  EXPECT_EQ(facts.ffn, config.ffn);
  EXPECT_EQ(facts.max_positions, config.max_positions);
  EXPECT_EQ(facts.context, kApiContext);
  EXPECT_EQ(facts.threads, 1);
  EXPECT_EQ(facts.has_tokenizer, 1);
  EXPECT_EQ(facts.has_chat_template, 1);
  facts.size = 8;
  expect_refused(tern_model_get_facts(model_.get(), &facts), TERN_ERROR_INVALID_ARGUMENT,
                 "tern_model_facts: 8");
}

TEST_F(Api, TextToTokensAndBack) {
  const std::string text = "To_be,or_not";
  int32_t* ids = nullptr;
  size_t count = 0;
  ASSERT_EQ(tern_tokenize(model_.get(), text.data(), text.size(), TERN_ADD_BOS, &ids, &count), TERN_OK);
  const Ids tokens = taken(ids, count);
  EXPECT_EQ(tokens, (*engine_->tokenizer())->encode(text, {.add_bos = true}));
  char* back = nullptr;
  size_t bytes = 0;
  ASSERT_EQ(tern_detokenize(model_.get(), tokens.data(), tokens.size(), 0, &back, &bytes), TERN_OK);
  EXPECT_STREQ(back, text.c_str());
  EXPECT_EQ(bytes, text.size());
  tern_free(back);
  ASSERT_EQ(tern_tokenize(model_.get(), nullptr, 0, 0, &ids, &count), TERN_OK);
  EXPECT_EQ(taken(ids, count), Ids{});
  ASSERT_EQ(tern_detokenize(model_.get(), nullptr, 0, 0, &back, nullptr), TERN_OK);
  EXPECT_STREQ(back, "");
  tern_free(back);
}

TEST_F(Api, WrongTextAndTokensAreRefused) {
  int32_t* ids = nullptr;
  char* text = nullptr;
  size_t count = 0;
  expect_refused(tern_tokenize(model_.get(), "ab\xff", 3, 0, &ids, &count), TERN_ERROR_INVALID_ARGUMENT,
                 "text is not UTF-8 from byte 2 on");
  expect_refused(tern_tokenize(model_.get(), "a\xc3", 2, 0, &ids, &count), TERN_ERROR_INVALID_ARGUMENT,
                 "byte 1");
  expect_refused(tern_tokenize(model_.get(), "a", SIZE_MAX, 0, &ids, &count), TERN_ERROR_INVALID_ARGUMENT,
                 "text");
  expect_refused(tern_tokenize(model_.get(), "a", 1, 16, &ids, &count), TERN_ERROR_INVALID_ARGUMENT,
                 "flags 0x10");
  for (const int32_t wrong : {-1, INT32_MIN, INT32_MAX, 94}) {
    const Ids tokens = {1, wrong};
    expect_refused(tern_detokenize(model_.get(), tokens.data(), 2, 0, &text, &count),
                   TERN_ERROR_INVALID_ARGUMENT, fmt::format("token id {} (the 2. of 2)", wrong));
    expect_refused(tern_session_append(session().get(), tokens.data(), 2), TERN_ERROR_INVALID_ARGUMENT,
                   fmt::format("token id {}", wrong));
  }
  EXPECT_EQ(ids, nullptr);
  EXPECT_EQ(text, nullptr);
}

TEST_F(Api, ChatsAreTheTemplates) {
  const tern_message messages[] = {{"system", "Be_short."}, {"user", "Why?"}};
  char* text = nullptr;
  ASSERT_EQ(tern_chat_text(model_.get(), messages, 2, 1, &text, nullptr), TERN_OK) << tern_last_error();
  EXPECT_STREQ(text, "system:Be_short.;user:Why?;assistant:");
  int32_t* ids = nullptr;
  size_t count = 0;
  ASSERT_EQ(tern_chat_tokenize(model_.get(), messages, 2, 1, &ids, &count), TERN_OK) << tern_last_error();
  EXPECT_EQ(taken(ids, count), (*engine_->tokenizer())->encode(text, {.add_bos = false}));
  tern_free(text);
  ASSERT_EQ(tern_chat_text(model_.get(), messages, 2, 0, &text, nullptr), TERN_OK);
  EXPECT_STREQ(text, "system:Be_short.;user:Why?;");
  tern_free(text);
  const tern_message broken[] = {{"user", "ok"}, {"user", "\x80"}};
  expect_refused(tern_chat_text(model_.get(), broken, 2, 1, &text, nullptr), TERN_ERROR_INVALID_ARGUMENT,
                 "messages[1].content is not UTF-8");
}

TEST(ApiModels, WithoutTokenizerOrTemplateSaySo) {
  const TempFolder folder;
  const TinyModel tiny = make_tiny(tiny_config("llama"), 7);
  write_hf(folder.file("m"), hf_config(tiny.config, "dense"), hf_tensors(tiny, false));
  tern_model* opened = nullptr;
  ASSERT_EQ(tern_model_open(folder.file("m").c_str(), nullptr, &opened), TERN_OK) << tern_last_error();
  const ModelHandle model(opened);
  int32_t* ids = nullptr;
  size_t count = 0;
  expect_refused(tern_tokenize(opened, "a", 1, 0, &ids, &count), TERN_ERROR_NOT_FOUND, "--tokenizer");
  const tern_message message{"user", "a"};
  expect_refused(tern_chat_tokenize(opened, &message, 1, 1, &ids, &count), TERN_ERROR_NOT_FOUND,
                 "no tokenizer");
  // Tokens alone are an answer, too.
  tern_session* session = nullptr;
  ASSERT_EQ(tern_session_new(opened, &session), TERN_OK);
  const SessionHandle owned(session);
  const Ids prompt = {1, 2, 3};
  ASSERT_EQ(tern_session_append(session, prompt.data(), prompt.size()), TERN_OK);
  tern_generate_options options = answer_options(4);
  options.ignore_eos = 1;
  tern_generation* generation = nullptr;
  ASSERT_EQ(tern_session_generate(session, &options, &generation), TERN_OK) << tern_last_error();
  EXPECT_EQ(generation->id_count, 4u);
  EXPECT_STREQ(generation->text, "");
  tern_generation_free(generation);
}

}  // namespace
}  // namespace tern
