#include "apps/tern/logit_bias.h"

#include <string_view>

#include "apps/tern/numbers.h"
#include "base/json.h"

namespace tern {
namespace {

constexpr std::string_view kForm = "give ID=VALUE or \"TEXT\"=VALUE, with commas between";

/// Bytes of the JSON string at the start of `text`, quotes included; npos when it does not end.
size_t quoted_length(std::string_view text) {
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

/// Reads the item at the start of `list` and takes it off, with the comma behind it.
Status parse_item(std::string_view& list, NamedBias* named) {
  const auto malformed = [item = list.substr(0, 60)] {
    return fail(ErrorCode::kInvalidArgument, "--logit-bias: cannot read '{}': {}", item, kForm);
  };
  LogitBias bias{.id = -1};
  std::optional<std::string> token;
  size_t equals = list.find('=');
  if (list.starts_with('"')) {
    equals = quoted_length(list);
    if (equals == std::string_view::npos) return malformed();
    const auto text = parse_json(list.substr(0, equals), "--logit-bias");
    if (!text) return malformed();
    token = text->get<std::string>();
  } else if (equals == std::string_view::npos || !read_number(list.substr(0, equals), &bias.id) ||
             bias.id < 0) {
    return malformed();
  }
  if (equals >= list.size() || list[equals] != '=') return malformed();
  const size_t end = std::min(list.find(',', equals), list.size());
  if (!read_number(list.substr(equals + 1, end - equals - 1), &bias.value)) return malformed();
  if (end + 1 == list.size()) return malformed();  // a comma and nothing behind it
  list.remove_prefix(std::min(end + 1, list.size()));
  named->bias.push_back(bias);
  named->tokens.push_back(std::move(token));
  return {};
}

/// The tokens that `text` names: those whose bytes it is. Where a token of a byte, or one that no text has,
/// is the same as another, the other is meant.
std::vector<int32_t> tokens_named(const TokenizerSpec& spec, std::string_view text) {
  std::vector<int32_t> ids, fallbacks;
  for (size_t id = 0; id < spec.tokens.size(); ++id) {
    if (spec.tokens[id] != text) continue;
    const bool is_fallback = spec.kinds[id] == TokenKind::kByte || spec.kinds[id] == TokenKind::kUnused;
    (is_fallback ? fallbacks : ids).push_back(static_cast<int32_t>(id));
  }
  return ids.empty() ? fallbacks : ids;
}

/// `5 " the", 7 "x"`: what `text` is made of.
std::string describe_tokens(const Tokenizer& tokenizer, std::string_view text) {
  std::vector<std::string> tokens;
  for (const int32_t id : tokenizer.encode(text, {.add_bos = false, .parse_special = true})) {
    tokens.push_back(fmt::format("{} {}", id, dump_json(Json(std::string(tokenizer.piece(id, true))))));
  }
  return fmt::format("{}", fmt::join(tokens, ", "));
}

Result<int32_t> token_named(const Tokenizer& tokenizer, const std::string& text) {
  const std::vector<int32_t> ids = tokens_named(tokenizer.spec(), text);
  if (ids.size() == 1) return ids[0];
  const std::string quoted = dump_json(Json(text));
  if (!ids.empty()) {
    return fail(ErrorCode::kInvalidArgument, "--logit-bias: {} is the text of tokens {}: name one by its id",
                quoted, fmt::join(ids, ", "));
  }
  return fail(ErrorCode::kInvalidArgument,
              "--logit-bias: no token is {}; `tern tokenize` shows tokens: that text is {}", quoted,
              describe_tokens(tokenizer, text));
}

}  // namespace

Result<NamedBias> parse_logit_bias(const std::vector<std::string>& lists) {
  NamedBias named;
  for (const std::string& list : lists) {
    if (list.empty()) return fail(ErrorCode::kInvalidArgument, "--logit-bias: the list is empty: {}", kForm);
    for (std::string_view rest = list; !rest.empty();) TERN_TRY(parse_item(rest, &named));
  }
  return named;
}

Status resolve_logit_bias(const BiasTokens& tokens, const Engine& engine, std::vector<LogitBias>* bias) {
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (!tokens[i]) continue;
    TERN_ASSIGN(const Tokenizer* tokenizer, engine.tokenizer());
    TERN_ASSIGN((*bias)[i].id, token_named(*tokenizer, *tokens[i]));
  }
  return {};
}

}  // namespace tern
