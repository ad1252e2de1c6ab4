#include "convert/compare_facts.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/json.h"
#include "base/mmap.h"
#include "convert/metadata.h"
#include "models/tokenizer_file.h"
#include "tokenizer/gguf_tokens.h"
#include "tokenizer/tokenizer.h"

namespace tern::internal {
namespace {

/// Compares printed fields and collects those that differ.
class Fields {
 public:
  Fields(std::string what, std::vector<Difference>& differences)
      : what_(std::move(what)), differences_(differences) {}
  template <typename T>
  bool compare(std::string_view name, const T& a, const T& b) {
    if (a == b) return true;
    add(name, fmt::format("{}", a), fmt::format("{}", b));
    return false;
  }
  void add(std::string_view name, std::string a, std::string b) {
    std::string text = fmt::format("{} against {}", a, b);
    differences_.push_back({what_, std::string(name), std::move(a), std::move(b), std::move(text)});
  }

 private:
  std::string what_;
  std::vector<Difference>& differences_;
};

/// A token's bytes as JSON has them, short.
std::string short_text(std::string_view bytes) {
  constexpr size_t kShown = 40;
  return dump_json(Json(std::string(bytes.substr(0, kShown)))) + (bytes.size() > kShown ? ".." : "");
}

/// Tokens of the list that are ever used: fillers at the end pad a vocabulary.
size_t used_tokens(const TokenizerSpec& spec) {
  size_t n = spec.tokens.size();
  while (n > 0 && spec.kinds[n - 1] == TokenKind::kUnused) --n;
  return n;
}

std::string_view kind_name(TokenKind kind) {
  switch (kind) {
    case TokenKind::kNormal:
      return "normal";
    case TokenKind::kSpecial:
      return "special";
    case TokenKind::kUnused:
      return "unused";
    case TokenKind::kByte:
      return "byte";
    case TokenKind::kUserDefined:
      break;
  }
  return "user defined";
}

void compare_tokens(const TokenizerSpec& a, const TokenizerSpec& b, Fields& fields) {
  const size_t n = std::min(used_tokens(a), used_tokens(b));
  fields.compare("tokens", used_tokens(a), used_tokens(b));
  for (size_t i = 0; i < n; ++i) {
    // Of an unused one nothing but its place matters.
    const bool same =
        a.kinds[i] == b.kinds[i] && (a.kinds[i] == TokenKind::kUnused || a.tokens[i] == b.tokens[i]);
    if (same) continue;
    const auto text = [i](const TokenizerSpec& spec) {
      return fmt::format("{} ({})", short_text(spec.tokens[i]), kind_name(spec.kinds[i]));
    };
    fields.add(fmt::format("token {}", i), text(a), text(b));
    return;  // the first says it
  }
}

void compare_merges(const TokenizerSpec& a, const TokenizerSpec& b, Fields& fields) {
  if (!fields.compare("merges by rank", a.merges_by_rank, b.merges_by_rank)) return;
  fields.compare("merges", a.merges.size(), b.merges.size());
  for (size_t i = 0; i < std::min(a.merges.size(), b.merges.size()); ++i) {
    const TokenizerSpec::Merge &x = a.merges[i], &y = b.merges[i];
    if (x.left == y.left && x.right == y.right && x.result == y.result) continue;
    fields.add(fmt::format("merge {}", i), fmt::format("{}+{}", x.left, x.right),
               fmt::format("{}+{}", y.left, y.right));
    return;
  }
}

void compare_scores(const TokenizerSpec& a, const TokenizerSpec& b, Fields& fields) {
  fields.compare("scores", a.scores.empty(), b.scores.empty());
  const size_t n = std::min({used_tokens(a), used_tokens(b), a.scores.size(), b.scores.size()});
  for (size_t i = 0; i < n; ++i) {
    if (!fields.compare(fmt::format("score of token {}", i), a.scores[i], b.scores[i])) return;
  }
}

/// Everything that changes text before it is looked up, in words.
std::string normalization(const TokenizerSpec& spec) {
  std::string text(unicode_form_name(spec.form));
  if (!spec.chars_map.empty())
    text += fmt::format(" character map {:016x}", std::hash<std::string>()(spec.chars_map));
  for (const auto& [name, is_set] : {std::pair("remove_extra_blanks", spec.remove_extra_blanks),
                                     {"prefix_before_blank", spec.prefix_before_blank},
                                     {"prefix_once", spec.prefix_once},
                                     {"fuse_unk", spec.fuse_unk},
                                     {"float_sums", spec.float_sums}}) {
    if (is_set) text += fmt::format(" {}", name);
  }
  return text;
}

/// Ids in order, whatever the files' order.
std::string ids_text(const std::vector<int32_t>& ids) {
  const std::set<int32_t> sorted(ids.begin(), ids.end());
  return fmt::format("[{}]", fmt::join(sorted, ", "));
}

/// The tokenizer's eos, or else the model's, which writers put in its place.
int32_t end_of_text(const ModelFile& file) {
  const int32_t own = file.tokenizer()->eos;
  return own < 0 && !file.config().eos.empty() ? file.config().eos[0] : own;
}

using GgufValues = std::map<std::string, GgufValue, std::less<>>;

/// The same number in whichever type a writer has put it.
GgufValue widened(const GgufValue& value) {
  const auto* const number = std::get_if<int64_t>(&value);
  const auto* const numbers = std::get_if<std::vector<int64_t>>(&value);
  if (number != nullptr && *number >= 0) return static_cast<uint64_t>(*number);
  if (numbers != nullptr && std::ranges::all_of(*numbers, [](int64_t n) { return n >= 0; })) {
    return std::vector<uint64_t>(numbers->begin(), numbers->end());
  }
  return value;
}

/// Everything that a GGUF file says of its tokenizer, but for the template, which is compared by itself.
GgufValues tokenizer_keys(const Gguf& gguf) {
  GgufValues keys;
  for (const auto& [key, value] : gguf.metadata()) {
    if (key.starts_with("tokenizer.") && key != "tokenizer.chat_template") keys.emplace(key, widened(value));
  }
  return keys;
}

/// What makes a tokenizer in a folder, by the files' names.
std::map<std::string, std::string> tokenizer_files(const ModelFile& model) {
  std::map<std::string, std::string> files;
  const auto add = [&](const char* name) {
    const std::string path = fmt::format("{}/{}", model.path(), name);
    if (path_exists(path)) files[name] = read_small_file(path, kMaxTokenizerFile).value_or("unreadable");
  };
  for (const char* name : kTokenizerFiles) add(name);
  add("original/tokenizer.model");
  return files;
}

/// Of two files without a tokenizer that Tern can read: the first thing in which they differ as they are
/// written, "" when they are the same.
std::string unread_difference(const ModelFile& a, const ModelFile& b) {
  const auto first = [](const auto& x, const auto& y) {
    for (const auto& [name, content] : x) {
      const auto other = y.find(name);
      if (other == y.end() || other->second != content) return name;
    }
    for (const auto& [name, content] : y) {
      if (!x.contains(name)) return name;
    }
    return std::string();
  };
  if (a.gguf() != nullptr && b.gguf() != nullptr)
    return first(tokenizer_keys(*a.gguf()), tokenizer_keys(*b.gguf()));
  if (a.gguf() == nullptr && b.gguf() == nullptr) return first(tokenizer_files(a), tokenizer_files(b));
  return a.tokenizer_problem().empty() && b.tokenizer_problem().empty() ? "" : "the format";
}

std::string windows_text(const ModelConfig& config) {
  return fmt::format("{}", fmt::join(config.windowed_layers, " "));
}

}  // namespace

bool compare_configs(const ModelConfig& a, const ModelConfig& b, std::vector<Difference>& differences) {
  Fields fields("config", differences);
  bool alike = fields.compare("architecture", a.arch, b.arch);
  alike &= fields.compare("hidden", a.hidden, b.hidden);
  alike &= fields.compare("layers", a.layers, b.layers);
  alike &= fields.compare("heads", a.heads, b.heads);
  alike &= fields.compare("kv_heads", a.kv_heads, b.kv_heads);
  alike &= fields.compare("head_dim", a.head_dim, b.head_dim);
  alike &= fields.compare("ffn", a.ffn, b.ffn);
  alike &= fields.compare("vocab", a.vocab, b.vocab);
  alike &= fields.compare("sub_norms", a.sub_norms, b.sub_norms);
  alike &= fields.compare("linear_norms", a.linear_norms, b.linear_norms);
  alike &= fields.compare("qkv_bias", a.qkv_bias, b.qkv_bias);
  fields.compare("max_positions", a.max_positions, b.max_positions);
  fields.compare("rope_theta", a.rope_theta, b.rope_theta);
  fields.compare("rope_factor", a.rope_factor, b.rope_factor);
  fields.compare("window", a.window, b.window);
  fields.compare("windowed_layers", windows_text(a), windows_text(b));
  if (!a.windowed_layers.empty() && !b.windowed_layers.empty())
    fields.compare("window_rope_theta", a.window_rope_theta, b.window_rope_theta);
  if (a.head_dim == b.head_dim) fields.compare("attention_scale", a.attention_scale, b.attention_scale);
  fields.compare("embedding_scale", a.embedding_scale, b.embedding_scale);
  fields.compare("residual_scale", a.residual_scale, b.residual_scale);
  fields.compare("logit_divisor", a.logit_divisor, b.logit_divisor);
  fields.compare("rms_eps", a.rms_eps, b.rms_eps);
  if (a.linear_norms && b.linear_norms)
    fields.compare("linear_norm_eps", a.linear_norm_eps, b.linear_norm_eps);
  fields.compare("activation", activation_name(a.activation), activation_name(b.activation));
  return alike;
}

void compare_tokenizers(const TokenizerSpec& a, const TokenizerSpec& b,
                        std::vector<Difference>& differences) {
  Fields fields("tokenizer", differences);
  compare_tokens(a, b, fields);
  compare_merges(a, b, fields);
  compare_scores(a, b, fields);
  fields.compare("model", gguf_tokens::model_name(a.model), gguf_tokens::model_name(b.model));
  fields.compare("text before it is cut", normalization(a), normalization(b));
  fields.compare("pre-tokenizer", pre_tokenizer_name(a.pre), pre_tokenizer_name(b.pre));
  fields.compare("ignore_merges", a.ignore_merges, b.ignore_merges);
  fields.compare("add_prefix_space", a.add_prefix_space, b.add_prefix_space);
  fields.compare("add_bos", a.add_bos, b.add_bos);
  fields.compare("add_eos", a.add_eos, b.add_eos);
  fields.compare("bos", a.bos, b.bos);
  fields.compare("unknown token", a.unk, b.unk);
  fields.compare("tokens matched in plain text", ids_text(a.always_matched), ids_text(b.always_matched));
  fields.compare("tokens matched late", ids_text(a.matched_late), ids_text(b.matched_late));
}

void compare_texts(const ModelFile& a, const ModelFile& b, std::vector<Difference>& differences) {
  Fields fields("tokenizer", differences);
  fields.compare("start of text", a.config().bos, b.config().bos);
  fields.compare("ends of text", ids_text(a.config().eos), ids_text(b.config().eos));
  if (a.tokenizer() && b.tokenizer()) {
    compare_tokenizers(*a.tokenizer(), *b.tokenizer(), differences);
    fields.compare("eos", end_of_text(a), end_of_text(b));
  } else {
    const auto word = [](const ModelFile& file) -> std::string {
      if (file.tokenizer()) return "there";
      return file.tokenizer_problem().empty() ? "none" : "not supported";
    };
    const std::string difference = a.tokenizer() || b.tokenizer() ? "tokenizer" : unread_difference(a, b);
    if (!difference.empty()) fields.add(difference, word(a), word(b));
  }
  const auto encoding = [](const ModelFile& file) {
    return chat_encoding_name(file.chat_encoding().value_or(ChatEncoding::kWhole));
  };
  Fields("chat_template", differences).compare("chat encoding", encoding(a), encoding(b));
  if (a.chat_template() == b.chat_template()) return;
  const std::string &x = a.chat_template(), &y = b.chat_template();
  const size_t at =
      static_cast<size_t>(std::mismatch(x.begin(), x.end(), y.begin(), y.end()).first - x.begin());
  const auto part = [at](const std::string& text) {
    return text.empty() ? std::string("none") : short_text(std::string_view(text).substr(at));
  };
  differences.push_back({"chat_template", "chat template", part(x), part(y),
                         fmt::format("from byte {}: {} against {}", at, part(x), part(y))});
}

}  // namespace tern::internal
