// Methods of strings that cut them.
#include "tokenizer/jinja/methods.h"
#include "tokenizer/utf8.h"

namespace tern::jinja {
namespace {

using Kind = Sequence::Kind;

/// The separator of split() and the like; nothing for runs of whitespace.
Result<std::optional<Text>> separator_of(const Call& call) {
  if (!call.has(0) || call.args[0]->is_none()) return std::optional<Text>();
  TERN_ASSIGN(Text separator, call.text(0, ""));
  if (separator.size() == 0) return fail(ErrorCode::kInvalidArgument, "empty separator");
  return std::optional<Text>(std::move(separator));
}

/// split() without a separator: runs of whitespace part, and none is at either end.
Result<std::vector<Value>> split_at_whitespace(const Text& text, int64_t limit, Budget* budget) {
  std::vector<Value> parts;
  size_t at = strip_whitespace(text.bytes(), Side::kLeft).first;
  const size_t end = std::max(at, strip_whitespace(text.bytes(), Side::kRight).second);
  const std::vector<size_t> offsets = character_offsets(text.bytes());
  const std::string_view bytes = text.bytes();
  const auto is_space = [&](size_t i) {
    const std::string_view character = bytes.substr(offsets[i], offsets[i + 1] - offsets[i]);
    return strip_whitespace(character, Side::kLeft).first == character.size();
  };
  auto i = static_cast<size_t>(std::lower_bound(offsets.begin(), offsets.end(), at) - offsets.begin());
  while (at < end) {
    TERN_TRY(budget->spend(Budget::kItem + text.user().size()));
    if (limit >= 0 && parts.size() == static_cast<uint64_t>(limit)) {
      // What is left keeps the whitespace at its end.
      parts.emplace_back(text.substr(at, text.size()));
      break;
    }
    while (offsets[i] < end && !is_space(i)) ++i;
    parts.emplace_back(text.substr(at, offsets[i]));
    while (offsets[i] < end && is_space(i)) ++i;
    at = offsets[i];
  }
  return parts;
}

/// At most `limit` places of `separator`, in order; the last ones with `from_end`. `limit` < 0: all.
Result<std::vector<size_t>> places_of(const Text& text, const Text& separator, int64_t limit, bool from_end,
                                      Budget* budget) {
  TERN_TRY(budget->spend((sizeof(size_t) + 2) * text.size()));
  const size_t most = limit < 0 ? text.size() : static_cast<size_t>(limit);
  std::vector<size_t> places;
  if (from_end) {
    places = find_from_end(text.bytes(), separator.bytes(), most);
    std::reverse(places.begin(), places.end());
    return places;
  }
  for (size_t at = 0; places.size() < most; at += separator.size()) {
    at = find_bytes(text.bytes(), separator.bytes(), at);
    if (at == std::string_view::npos) break;
    places.push_back(at);
  }
  return places;
}

Result<Value> split(const Call& call, bool from_end) {
  const Text& text = *call.subject.text();
  TERN_ASSIGN(const int64_t limit, call.integer(1, -1));
  TERN_ASSIGN(const std::optional<Text> separator, separator_of(call));
  if (!separator) {
    if (from_end && limit >= 0)
      return fail(ErrorCode::kUnsupported, "rsplit() at whitespace with a limit is not supported");
    TERN_TRY(call.budget->spend((sizeof(size_t) + 1) * text.size()));
    TERN_ASSIGN(auto parts, split_at_whitespace(text, limit, call.budget));
    return make_sequence(Kind::kList, std::move(parts), call.budget);
  }
  TERN_ASSIGN(const auto places, places_of(text, *separator, limit, from_end, call.budget));
  std::vector<Value> parts;
  size_t at = 0;
  for (const size_t place : places) {
    TERN_TRY(call.budget->spend(Budget::kItem + text.user().size()));
    parts.emplace_back(text.substr(at, place));
    at = place + separator->size();
  }
  parts.emplace_back(text.substr(at, text.size()));
  return make_sequence(Kind::kList, std::move(parts), call.budget);
}

/// What stands before a separator, the separator and what follows; all in front of it (behind it with
/// `from_end`) when it is not there.
Result<Value> partition(const Call& call, bool from_end) {
  const Text& text = *call.subject.text();
  TERN_ASSIGN(const std::optional<Text> separator, separator_of(call));
  if (!separator) return fail(ErrorCode::kInvalidArgument, "partition() needs a string");
  TERN_ASSIGN(const auto places, places_of(text, *separator, 1, from_end, call.budget));
  const size_t missing = from_end ? 0 : text.size();
  const size_t begin = places.empty() ? missing : places[0];
  const size_t end = places.empty() ? missing : begin + separator->size();
  std::vector<Value> parts = {text.substr(0, begin), text.substr(begin, end), text.substr(end, text.size())};
  return make_sequence(Kind::kTuple, std::move(parts), call.budget);
}

bool ends_line(uint32_t code) {
  return (code >= 0x0a && code <= 0x0d) || (code >= 0x1c && code <= 0x1e) || code == 0x85 || code == 0x2028 ||
         code == 0x2029;
}

}  // namespace

Result<std::vector<Text>> split_lines(const Text& text, bool keep_ends, Budget* budget) {
  const std::string_view bytes = text.bytes();
  TERN_TRY(budget->spend(bytes.size()));
  std::vector<Text> lines;
  size_t begin = 0;
  for (size_t at = 0; at < bytes.size();) {
    const Utf8Step step = utf8_step(bytes.substr(at));
    const size_t end = at;
    at += step.length;
    if (step.state != Utf8State::kValid || !ends_line(step.code)) continue;
    if (step.code == '\r' && bytes.substr(at, 1) == "\n") ++at;
    TERN_TRY(budget->spend(2 * Budget::kItem + text.user().size()));
    lines.push_back(text.substr(begin, keep_ends ? at : end));
    begin = at;
  }
  if (begin < bytes.size()) lines.push_back(text.substr(begin, bytes.size()));
  return lines;
}

Result<Value> str_partition(Call& call) {
  return partition(call, /*from_end=*/false);
}
Result<Value> str_rpartition(Call& call) {
  return partition(call, /*from_end=*/true);
}
Result<Value> str_rsplit(Call& call) {
  return split(call, /*from_end=*/true);
}
Result<Value> str_split(Call& call) {
  return split(call, /*from_end=*/false);
}

Result<Value> str_splitlines(Call& call) {
  TERN_ASSIGN(auto lines, split_lines(*call.subject.text(), call.flag(0, false), call.budget));
  std::vector<Value> items;
  for (Text& line : lines) items.emplace_back(std::move(line));
  return make_sequence(Kind::kList, std::move(items), call.budget);
}

}  // namespace tern::jinja
