// What opening a model settles: the context, the tokens that end a turn, what is missing.
#include "engine/limits.h"
#include "engine/testing.h"

namespace tern {
namespace {

using namespace testing;

class Engines : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(init_kernels()); }
  /// A folder with a tiny model, its config.json edited.
  std::string model(const std::function<void(Json&)>& edit = [](Json&) {}) {
    const TinyModel tiny = make_tiny(tiny_config("llama"), 7);
    Json config = hf_config(tiny.config, "dense");
    edit(config);
    write_hf(folder_.file("m"), config, hf_tensors(tiny, false));
    return folder_.file("m");
  }

  TempFolder folder_;
};

TEST_F(Engines, RefuseOptionsOutOfRange) {
  const std::string path = model();
  for (const int threads : {-1, kMaxThreads + 1}) {
    EngineOptions options;
    options.threads = threads;
    expect_error(Engine::open(path, options), ErrorCode::kInvalidArgument,
                 fmt::format("threads {}", threads));
  }
  for (const int64_t context : {int64_t{-1}, kMaxContext + 1}) {
    EngineOptions options;
    options.context = context;
    expect_error(Engine::open(path, options), ErrorCode::kInvalidArgument,
                 fmt::format("context {}", context));
  }
  expect_error(Engine::open(folder_.file("none"), {}), ErrorCode::kNotFound, "none");
}

TEST_F(Engines, ContextIsTheModelsOwnWithinReason) {
  EXPECT_EQ(open_engine(model(), 0)->context(), 256);
  EXPECT_EQ(open_engine(model(), 1000)->context(), 1000);  // with a warning
  const auto large = model([](Json& config) { config["max_position_embeddings"] = 131072; });
  EXPECT_EQ(open_engine(large, 0)->context(), 32768);
  EXPECT_EQ(open_engine(large, 65536)->context(), 65536);
}

TEST_F(Engines, ThreadsAreThoseThatRun) {
  EngineOptions options;
  options.threads = 3;
  const auto three = Engine::open(model(), options);
  ASSERT_TRUE(three);
  EXPECT_EQ((*three)->options().threads, 3);
  EXPECT_EQ((*three)->pool()->threads(), 3);
  options.threads = 0;
  const auto all = Engine::open(model(), options);
  ASSERT_TRUE(all);
  EXPECT_EQ((*all)->options().threads, available_threads());
}

TEST_F(Engines, NameTheRemedyForWhatIsMissing) {
  const auto engine = open_engine(model());
  expect_error(engine->tokenizer(), ErrorCode::kNotFound, "--tokenizer");
  expect_error(engine->chat_template(), ErrorCode::kNotFound, "--chat-template");
}

/// 50 characters, and special tokens behind them.
Json tokenizer_json() {
  Json json = {{"model", {{"type", "BPE"}, {"vocab", Json::object()}, {"merges", Json::array()}}},
               {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}}},
               {"decoder", {{"type", "ByteLevel"}}}};
  for (int i = 0; i < 50; ++i) json["model"]["vocab"][std::string(1, static_cast<char>('!' + i))] = i;
  json["model"]["unk_token"] = "!";
  for (const auto& [text, id] : {std::pair("<|eot_id|>", 50), {"<|other|>", 51}, {"<|im_end|>", 52}}) {
    json["added_tokens"].push_back({{"content", text}, {"id", id}, {"special", true}});
  }
  return json;
}

TEST_F(Engines, TurnsEndWithTheFilesTokensAndTheTokenizers) {
  const std::string path = model([](Json& config) { config["eos_token_id"] = {50, 7}; });
  EXPECT_EQ(open_engine(path)->stop_tokens(), (Ids{7, 50}));
  write_file(path + "/tokenizer.json", dump_json(tokenizer_json()));
  const auto engine = open_engine(path);
  ASSERT_TRUE(engine->tokenizer());
  EXPECT_EQ(engine->stop_tokens(), (Ids{7, 50, 52}));
}

// Files of these models often name the end of the text alone.
TEST_F(Engines, TurnsEndWithTheTokensOfEveryTemplate) {
  const std::string path = model([](Json& config) { config["eos_token_id"] = 7; });
  for (const char* name : {"<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|im_end|>", "<|endoftext|>",
                           "<end_of_turn>", "<|end|>"}) {
    Json json = tokenizer_json();
    json["added_tokens"] = {{{"content", name}, {"id", 50}, {"special", true}}};
    write_file(path + "/tokenizer.json", dump_json(json));
    EXPECT_EQ(open_engine(path)->stop_tokens(), (Ids{7, 50})) << name;
  }
}

TEST_F(Engines, AWrongTokenizerIsNamedWithItsFile) {
  const std::string path = model();
  Json json = tokenizer_json();
  json["model"].erase("unk_token");
  write_file(path + "/tokenizer.json", dump_json(json));
  expect_error(Engine::open(path, {}), ErrorCode::kBadFile,
               path + ": the vocabulary has no token for byte 0x00");
  EngineOptions options;
  options.open.tokenizer = folder_.file("m/tokenizer.json");
  expect_error(Engine::open(path, options), ErrorCode::kBadFile,
               *options.open.tokenizer + ": the vocabulary");
}

}  // namespace
}  // namespace tern
