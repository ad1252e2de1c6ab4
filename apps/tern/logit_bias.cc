#include "apps/tern/logit_bias.h"

#include <charconv>
#include <string_view>

#include "base/json.h"

namespace tern {
namespace {

constexpr std::string_view kForm = "give ID=VALUE or \"TEXT\"=VALUE, with commas between";

template <typename Number>
bool parse_all(std::string_view text, Number* value) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && stop == text.data() + text.size();
}

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
  } else if (equals == std::string_view::npos || !parse_all(list.substr(0, equals), &bias.id) ||
             bias.id < 0) {
    return malformed();
  }
  if (equals >= list.size() || list[equals] != '=') return malformed();
  const size_t end = std::min(list.find(',', equals), list.size());
  if (!parse_all(list.substr(equals + 1, end - equals - 1), &bias.value)) return malformed();
  if (end + 1 == list.size()) return malformed();  // a comma and nothing behind it
  list.remove_prefix(std::min(end + 1, list.size()));
  named->bias.push_back(bias);
  named->tokens.push_back(std::move(token));
  return {};
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
    const auto ids = tokenizer->encode(*tokens[i], {.add_bos = false, .parse_special = true});
    if (ids.size() != 1) {
      return fail(ErrorCode::kInvalidArgument,
                  "--logit-bias: {} is {} tokens ({}), not one; `tern tokenize` shows the ids of a text",
                  dump_json(Json(*tokens[i])), ids.size(), fmt::join(ids, ","));
    }
    (*bias)[i].id = ids[0];
  }
  return {};
}

}  // namespace tern
