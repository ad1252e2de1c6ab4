// verify where models differ in what surrounds their weights: tokenizers and chat templates.
#include "convert/verify_testing.h"

namespace tern {
namespace {

using namespace testing;

class VerifyTexts : public VerifyFixture {};

TEST_F(VerifyTexts, TokenizersAndChatTemplates) {
  const TinyModel model = make_tiny(tiny_config_256("bitnet"), 45);
  GgufKeys keys = gguf_keys(model.config, "bitnet-b1.58");
  keys.text["tokenizer.ggml.model"] = "gpt2";
  keys.text["tokenizer.ggml.pre"] = "llama-bpe";
  keys.text["tokenizer.chat_template"] = "{{ messages }}";
  std::vector<std::string>& tokens = keys.texts["tokenizer.ggml.tokens"];
  tokens = {"<0>", "<1>", "<2>"};  // bos and eos are 1 and 2
  for (char c = 'a'; c <= 'z'; ++c) tokens.push_back({c});
  for (char c = 'A'; c <= 'W'; ++c) tokens.push_back({c});
  tokens.push_back("ab");
  keys.texts["tokenizer.ggml.merges"] = {"a b"};
  const std::string first = gguf_with(model, DType::kI2_S, keys);
  expect_same(compare(first, gguf_with(model, DType::kTQ2_0, keys), false));
  const auto with = [&](const std::function<void(GgufKeys&)>& edit, bool weights_only = false) {
    GgufKeys edited = keys;
    edit(edited);
    return compare(first, gguf_with(model, DType::kI2_S, edited), weights_only);
  };
  const auto rename = [](GgufKeys& k) { k.texts["tokenizer.ggml.tokens"][30] = "!"; };
  EXPECT_EQ(only(with(rename), "tokenizer", "token 30").text, "\"B\" (normal) against \"!\" (normal)");
  expect_same(with(rename, true));
  // Another pre-tokenizer brings its own ignore_merges and add_bos.
  const VerifyReport pre = with([](GgufKeys& k) { k.text["tokenizer.ggml.pre"] = "gpt-2"; });
  ASSERT_EQ(pre.differences.size(), 3u);
  EXPECT_EQ(pre.differences[0].text, "llama-bpe against gpt-2");
  only(with([](GgufKeys& k) { k.flags["tokenizer.ggml.add_bos_token"] = false; }), "tokenizer", "add_bos");
  only(with([](GgufKeys& k) { k.text["tern.chat_encoding"] = "parts"; }), "chat_template", "chat encoding");
  // What a file does not say is whole.
  EXPECT_TRUE(with([](GgufKeys& k) { k.text["tern.chat_encoding"] = "whole"; }).same());
  const auto swap = [](GgufKeys& k) { k.text["tokenizer.chat_template"] = "{{ messages[0] }}"; };
  EXPECT_EQ(only(with(swap), "chat_template", "chat template").text,
            "from byte 11: \" }}\" against \"[0] }}\"");
  expect_same(with(swap, true));
  GgufKeys two = keys;
  two.texts["tokenizer.ggml.tokens"][30] = "cd";
  two.texts["tokenizer.ggml.merges"] = {"a b", "c d"};
  const std::string a = gguf_with(model, DType::kI2_S, two);
  two.texts["tokenizer.ggml.merges"] = {"c d", "a b"};
  EXPECT_EQ(only(compare(a, gguf_with(model, DType::kI2_S, two), false), "tokenizer", "merge 0").text,
            "3+4 against 5+6");
}

TEST_F(VerifyTexts, TokenizersOfCharacters) {
  const TinyModel model = make_tiny(tiny_config_256("bitnet"), 45);
  GgufKeys keys = gguf_keys(model.config, "bitnet-b1.58");
  keys.text["tokenizer.ggml.model"] = "llama";
  keys.u32["tokenizer.ggml.unknown_token_id"] = 0;
  std::vector<std::string>& tokens = keys.texts["tokenizer.ggml.tokens"];
  tokens = {"<0>", "<1>", "<2>"};  // bos and eos are 1 and 2
  for (char c = 'a'; c <= 'z'; ++c) tokens.push_back({c});
  for (char c = 'A'; c <= 'W'; ++c) tokens.push_back({c});
  tokens.push_back("ab");
  keys.f32s["tokenizer.ggml.scores"].assign(tokens.size(), -1.0f);
  const std::string first = gguf_with(model, DType::kI2_S, keys);
  const auto with = [&](const std::function<void(GgufKeys&)>& edit) {
    GgufKeys edited = keys;
    edit(edited);
    return compare(first, gguf_with(model, DType::kI2_S, edited), false);
  };
  expect_same(with([](GgufKeys&) {}));
  EXPECT_EQ(only(with([](GgufKeys& k) { k.f32s["tokenizer.ggml.scores"][30] = -2; }), "tokenizer",
                 "score of token 30")
                .text,
            "-1 against -2");
  only(with([](GgufKeys& k) { k.flags["tokenizer.ggml.remove_extra_whitespaces"] = true; }), "tokenizer",
       "text before it is cut");
  only(with([](GgufKeys& k) { k.text["tokenizer.tern"] = R"({"form": "NFC"})"; }), "tokenizer",
       "text before it is cut");
  only(with([](GgufKeys& k) { k.flags["tokenizer.ggml.add_eos_token"] = true; }), "tokenizer", "add_eos");
}

TEST_F(VerifyTexts, TheStartOfText) {
  const TinyModel model = make_tiny(tiny_config_256("bitnet"), 45);
  Json config = hf_config(model.config, "packed");
  const RawTensors tensors = hf_tensors(model, true, DType::kF32);
  const auto with_bos = [&](int bos) {
    config["bos_token_id"] = bos;
    const std::string path = fresh("bos");
    write_hf(path, config, tensors);
    return path;
  };
  const std::string one = with_bos(1);
  expect_same(compare(one, with_bos(1), false));
  only(compare(one, with_bos(5), false), "tokenizer", "start of text");
}

/// A tokenizer that Tern cannot read is the same only when it is written the same.
TEST_F(VerifyTexts, UnreadTokenizers) {
  const TinyModel model = make_tiny(tiny_config_256("bitnet"), 46);
  GgufKeys keys = gguf_keys(model.config, "bitnet-b1.58");
  keys.text["tokenizer.ggml.model"] = "unheard-of";
  keys.texts["tokenizer.ggml.tokens"] = {"<0>", "<1>", "<2>", "x"};
  const std::string first = gguf_with(model, DType::kI2_S, keys);
  expect_same(compare(first, gguf_with(model, DType::kTQ2_0, keys), false));
  keys.texts["tokenizer.ggml.tokens"].back() = "y";
  const std::string second = gguf_with(model, DType::kI2_S, keys);
  EXPECT_EQ(compare(first, second, false).differences.size(), 1u);
  expect_same(compare(first, second, true));
  const std::string a = packed(model), b = packed(model), c = packed(model), none = packed(model);
  for (const std::string& folder : {a, b})
    testing::write_file(folder + "/tokenizer.json", R"({"model": {"type": "X"}})");
  testing::write_file(c + "/tokenizer.json", R"({"model": {"type": "Y"}})");
  expect_same(compare(a, b, false));
  EXPECT_EQ(compare(a, c, false).differences.size(), 1u);
  EXPECT_EQ(compare(a, none, false).differences.size(), 1u);
}

}  // namespace
}  // namespace tern
