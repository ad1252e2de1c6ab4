// Tokenizer files and chat templates broken in their structure: what is accepted encodes, or renders.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "base/json_mutation.h"
#include "base/mutation.h"
#include "tokenizer/chat_template.h"
#include "tokenizer/export_gguf.h"
#include "tokenizer/export_hf.h"
#include "tokenizer/kinds_testing.h"
#include "tokenizer/protobuf.h"
#include "tokenizer/sentencepiece.h"
#include "tokenizer/sentencepiece_fields.h"
#include "tokenizer/tiny_tokenizer.h"
#include "tokenizer/tokenizer.h"

namespace tern {
namespace {

using testing::Expect;
using testing::Random;

/// Encodes a text of everything with it.
testing::Verdict try_spec(Result<TokenizerSpec> spec) {
  if (!spec) return spec.error();
  const auto tokenizer = Tokenizer::create(std::move(*spec));
  if (!tokenizer) return tokenizer.error();
  const std::string text =
      "Hello hello,  it's\r\n\t 12345 \xC3\xA9\xF0\x9F\x98\x80\xFF<|eot_id|><s>hi there \xE2\x80";
  for (const bool parse : {false, true}) {
    const auto ids = (*tokenizer)->encode(text, {.add_bos = parse, .add_eos = parse, .parse_special = parse});
    for (const int32_t id : ids) EXPECT_TRUE(id >= 0 && id < (*tokenizer)->vocab_size());
    const TokenizerSpec& used = (*tokenizer)->spec();
    const bool keeps = used.model == TokenizerModel::kByteBpe && used.form == UnicodeForm::kNone;
    if (keeps && used.unk < 0 && !used.add_prefix_space && !parse) {
      EXPECT_EQ((*tokenizer)->decode(ids, true), text);
    }
  }
  (void)gguf_vocabulary((*tokenizer)->spec());
  (void)tokenizer_json((*tokenizer)->spec());
  (void)sentencepiece_model((*tokenizer)->spec());
  return std::nullopt;
}

testing::Verdict try_json(const Json& image) {
  const auto json = parse_json(dump_json(image), "t");
  if (!json) return json.error();
  return try_spec(tokenizer_spec_from_hf_json(*json, nullptr, "t"));
}

Json& field(Json& json, const char* pointer) {
  static Json nothing;
  const Json::json_pointer path(pointer);
  return json.contains(path) ? json[path] : nothing;
}

/// The id of some token becomes another one: taken, far away or impossible.
void change_id(Json& json, Random& random) {
  Json& vocab = field(json, "/model/vocab");
  if (!vocab.is_object() || vocab.empty()) return;
  Json& id = *std::next(vocab.begin(), static_cast<std::ptrdiff_t>(random.below(vocab.size())));
  id = random.chance(4) ? 1000 + random.below(3000)
                        : random.border(id.is_number_unsigned() ? id.get<uint64_t>() : 0);
}

void change_merges(Json& json, Random& random) {
  Json& merges = field(json, "/model/merges");
  if (!merges.is_array() || merges.empty()) return;
  Json& merge = random.pick(merges);
  static const Json kMerges[] = {"h e", "e l",      "hello hello", "h  e",    "",
                                 " ",   {"l", "o"}, {"h"},         {"h", ""}, {1, 2}};
  switch (random.below(4)) {
    case 0:
      merge = random.pick(kMerges);
      break;
    case 1:
      std::swap(merge, random.pick(merges));
      break;
    case 2:
      merges.push_back(merge);
      break;
    default:
      merge = merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()
                  ? Json(merge[0].get<std::string>() + " " + merge[1].get<std::string>())
                  : Json("a b");
  }
}

/// A word, and a merge that makes it.
void add_word(Json& json, Random& random) {
  Json& vocab = field(json, "/model/vocab");
  Json& merges = field(json, "/model/merges");
  if (!vocab.is_object() || vocab.empty() || !merges.is_array()) return;
  const auto any = [&] {
    return std::next(vocab.begin(), static_cast<std::ptrdiff_t>(random.below(vocab.size()))).key();
  };
  const std::string left = any(), right = any();
  const size_t times = random.chance(8) ? 1000 : 1;
  std::string word;
  for (size_t i = 0; i < times; ++i) word += left;
  word += right;
  json["added_tokens"] = json["post_processor"] = nullptr;  // which would want the ids behind the vocabulary
  if (!vocab.contains(word)) vocab[word] = 261 + random.below(20);
  if (times == 1 || random.chance(2)) merges.push_back({left, right});
}

void add_token(Json& json, Random& random) {
  Json& added = field(json, "/added_tokens");
  if (!added.is_array() || added.empty()) return;
  static const std::string kTexts[] = {"<x>",         "he", "h", "", "<s>", " ", std::string(600, 'y'),
                                       "\xEF\xBF\xBD"};
  const Json& vocab = field(json, "/model/vocab");
  const auto follows = [&](const Json& other) {  // the vocabulary, not in it
    return vocab.is_object() && other.is_object() && other.contains("content") &&
           other["content"].is_string() && !vocab.contains(other["content"].get<std::string>());
  };
  const auto next = vocab.size() + static_cast<size_t>(std::count_if(added.begin(), added.end(), follows));
  Json token = random.pick(added);
  token["content"] = random.pick(kTexts);
  token["id"] = random.chance(2) ? next : random.below(300);
  token["special"] = random.chance(2);
  token["normalized"] = random.chance(2);
  added.push_back(token);
}

void change_pipeline(Json& json, Random& random) {
  static const Json kSteps[] = {
      {{"type", "ByteLevel"}, {"add_prefix_space", true}, {"use_regex", true}},
      {{"type", "Sequence"},
       {"pretokenizers",
        {{{"type", "Digits"}, {"individual_digits", true}},
         {{"type", "ByteLevel"}, {"add_prefix_space", false}}}}},
      {{"type", "Sequence"}, {"pretokenizers", Json::array()}},
      {{"type", "Sequence"}, {"pretokenizers", {{{"type", "Sequence"}}}}},
      {{"type", "Whitespace"}},
      {{"type", "Split"}, {"pattern", {{"Regex", "(a+)+$"}}}, {"behavior", "Isolated"}},
      nullptr};
  static const char* const kKeys[] = {"pre_tokenizer", "pre_tokenizer", "decoder", "normalizer",
                                      "post_processor"};
  json[random.pick(kKeys)] = random.pick(kSteps);
}

constexpr testing::Mutator<Json> kTokenizerMutators[] = {
    {"number", testing::change_number},
    {"text", testing::change_text},
    {"type", testing::change_type},
    {"value dropped", testing::drop_value},
    {"value copied", testing::copy_value},
    {"key renamed", testing::rename_key},
    {"array grown", testing::grow_array},
    {"nested", testing::nest},
    {"id", change_id},
    {"merges", change_merges},
    {"word", add_word},
    {"added token", add_token},
    {"pipeline", change_pipeline},
    {"options",
     [](auto& json, auto& r) {
       static const char* const kKeys[] = {"byte_fallback", "fuse_unk", "dropout", "ignore_merges",
                                           "unk_token"};
       static const Json kValues[] = {true, false, nullptr, 0.1, "h", "none of them", 3};
       if (json["model"].is_object()) json["model"][r.pick(kKeys)] = r.pick(kValues);
     }},
};

TEST(Mutation, TokenizerJson) {
  Json spaces = testing::tiny_tokenizer();
  spaces["pre_tokenizer"]["add_prefix_space"] = true;
  const Json seeds[] = {testing::tiny_tokenizer(), spaces};
  testing::run_campaign<Json>(seeds, kTokenizerMutators, 7000, 60, try_json);
}

TEST(Mutation, TokenizerJsonOfCharacters) {
  const Json seeds[] = {golden_kind_json("hf_bpe prepend"), golden_kind_json("hf_bpe gemma"),
                        golden_kind_json("hf_unigram nfkc"), golden_kind_json("hf_unigram always")};
  testing::run_campaign<Json>(seeds, kTokenizerMutators, 2000, 30, try_json);
}

/// A message's fields; those of its messages are read and written for a mutation alone.
using Message = std::vector<ProtoField>;

/// Owns what fields point into.
struct ModelImage {
  std::string file;
};

Message fields_of_message(std::string_view bytes) {
  Message message;
  ProtoReader reader(bytes, "seed");
  for (auto field = reader.next(); field && *field; field = reader.next()) message.push_back(**field);
  return message;
}

std::string bytes_of_message(const Message& message) {
  ProtoWriter writer;
  for (const ProtoField& field : message) {
    switch (field.type) {
      case WireType::kVarint:
        writer.add_uint(field.number, field.value);
        break;
      case WireType::kFixed32:
        writer.add_float(field.number, std::bit_cast<float>(static_cast<uint32_t>(field.value)));
        break;
      default:
        writer.add_bytes(field.number, field.bytes);
    }
  }
  return writer.message();
}

/// Does something to the fields of the file, or of one of its messages.
template <typename Change>
void change_fields(ModelImage& image, Random& random, Change change) {
  Message file = fields_of_message(image.file);
  if (file.empty()) return;
  if (random.chance(3)) {
    change(file);
    image.file = bytes_of_message(file);
    return;
  }
  // The trainer's and the normalizer's, which are last, as often as a piece.
  ProtoField& outer = random.chance(2)
                          ? file[file.size() - 1 - random.below(std::min<size_t>(2, file.size()))]
                          : random.pick(file);
  Message inner = fields_of_message(outer.bytes);
  if (inner.empty()) return;
  change(inner);
  const std::string bytes = bytes_of_message(inner);
  outer.bytes = bytes;
  image.file = bytes_of_message(file);
}

constexpr testing::Mutator<ModelImage> kModelMutators[] = {
    {"number",
     [](auto& image, auto& r) {
       change_fields(image, r, [&](Message& m) {
         ProtoField& field = r.pick(m);
         field.value = r.border(field.value);
       });
     }},
    {"text",
     [](auto& image, auto& r) {
       static const std::string kTexts[] = {"",   "a", "\xE2\x96\x81",         "<0x41>", "<0xZZ>", "\xFF",
                                            "ab", " ", std::string(70000, 'x')};
       change_fields(image, r, [&](Message& m) { r.pick(m).bytes = r.pick(kTexts); });
     }},
    {"wire type",
     [](auto& image, auto& r) {
       static constexpr WireType kTypes[] = {WireType::kVarint, WireType::kBytes, WireType::kFixed32};
       change_fields(image, r, [&](Message& m) { r.pick(m).type = r.pick(kTypes); });
     }},
    {"field number",
     [](auto& image, auto& r) {
       change_fields(image, r,
                     [&](Message& m) { r.pick(m).number = static_cast<uint32_t>(1 + r.below(45)); });
     }},
    {"field dropped",
     [](auto& image, auto& r) {
       change_fields(image, r, [&](Message& m) {
         m.erase(m.begin() + static_cast<std::ptrdiff_t>(r.below(m.size())));
       });
     }},
    {"field twice",
     [](auto& image, auto& r) {
       change_fields(image, r, [&](Message& m) {
         const ProtoField field = r.pick(m);
         m.insert(m.begin() + static_cast<std::ptrdiff_t>(r.below(m.size())), field);
       });
     }},
    {"score",
     [](auto& image, auto& r) {
       static constexpr float kScores[] = {0, -0.0f, 1e38f, -1e38f, INFINITY, -INFINITY, NAN};
       change_fields(image, r, [&](Message& m) {
         for (ProtoField& field : m) {
           if (field.type == WireType::kFixed32) field.value = std::bit_cast<uint32_t>(r.pick(kScores));
         }
       });
     }},
    {"character map",
     [](auto& image, auto& r) {
       Message file = fields_of_message(image.file);
       const std::string map = r.bytes(4 * r.below(40));
       ProtoWriter normalizer;
       normalizer.add_bytes(sentencepiece::kCharsMap, std::string("\x40\0\0\0", 4) + map);
       const std::string bytes = normalizer.message();
       for (ProtoField& field : file) {
         if (field.number == sentencepiece::kNormalizer) field.bytes = bytes;
       }
       image.file = bytes_of_message(file);
     }},
    {"cut off", [](auto& image, auto& r) { image.file.resize(r.below(image.file.size())); }},
    {"bytes",
     [](auto& image, auto& r) {
       for (size_t n = 1 + r.below(4); n > 0; --n) r.pick(image.file) = static_cast<char>(r.bits());
     }},
};

TEST(Mutation, SentencePiece) {
  std::vector<ModelImage> seeds;
  for (const char* name : {"sp_bpe.model", "sp_unigram.model", "sp_user.model"})
    seeds.push_back({read_golden(name)});
  testing::run_campaign<ModelImage>(seeds, kModelMutators, 5000, 15,
                                    [](const ModelImage& image) -> testing::Verdict {
                                      return try_spec(tokenizer_spec_from_sentencepiece(image.file, "m"));
                                    });
}

using Lines = std::vector<std::pair<std::string, std::string>>;  // base64, rank

constexpr testing::Mutator<Lines> kRankMutators[] = {
    {"rank",
     [](auto& lines, auto& r) {
       const size_t at = r.below(lines.size());
       lines[at].second = std::to_string(r.border(at));
     },
     Expect::kRefused},
    {"rank text", [](auto& lines, auto& r) { r.pick(lines).second += r.chance(2) ? " " : "x"; },
     Expect::kRefused},
    {"token",
     [](auto& lines, auto& r) {
       static const std::string kTexts[] = {
           "", "A", "AA==", "aGVsbG8=", "====", "YQ=a", "aaaaaaaaaaaaaaaaaaaa", "a b="};
       r.pick(lines).first = r.pick(kTexts);
     }},
    {"token twice", [](auto& lines, auto& r) { r.pick(lines).first = r.pick(lines).first; }},
    {"lines swapped",
     [](auto& lines, auto& r) {
       const size_t at = r.below(lines.size() - 1);
       std::swap(lines[at], lines[at + 1]);
     },
     Expect::kRefused},
    {"tokens swapped", [](auto& lines, auto& r) { std::swap(r.pick(lines).first, r.pick(lines).first); },
     Expect::kAccepted},
    {"line dropped", [](auto& lines, auto& r) { lines.erase(lines.begin() + r.below(lines.size() - 1)); },
     Expect::kRefused},
    {"long token", [](auto& lines, auto& r) { r.pick(lines).first = std::string(4 * r.below(400), 'Y'); }},
    {"lines added",
     [](auto& lines, auto& r) {
       const std::string letter = r.chance(2) ? "YWFh" : "YmFi";
       for (size_t n = r.below(60); n > 0; --n) {
         std::string word;
         for (size_t i = 0; i < n; ++i) word += letter;
         lines.emplace_back(word, std::to_string(lines.size()));
       }
     }},
};

TEST(Mutation, Tiktoken) {
  Lines lines;
  const std::string golden = read_golden("ranks.tiktoken");
  for (size_t at = 0, n = 0; n < 400; ++n) {
    const size_t blank = golden.find(' ', at), end = golden.find('\n', at);
    lines.emplace_back(golden.substr(at, blank - at), golden.substr(blank + 1, end - blank - 1));
    at = end + 1;
  }
  testing::run_campaign<Lines>(std::span(&lines, 1), kRankMutators, 5000, 8,
                               [](const Lines& image) -> testing::Verdict {
                                 std::string text;
                                 for (const auto& [token, rank] : image) text += token + " " + rank + "\n";
                                 return try_spec(tokenizer_spec_from_tiktoken(text, "r"));
                               });
}

}  // namespace
}  // namespace tern
