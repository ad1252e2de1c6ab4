#include "data/examine.h"

#include <algorithm>

#include "base/checksum.h"
#include "data/words.h"

namespace tern {
namespace {

using Outcome = Examined::Outcome;

Examined broken(std::string message) {
  Examined examined;
  examined.outcome = Outcome::kBroken;
  examined.broken = std::move(message);
  return examined;
}

bool passes(const Json& line, const ExamineRules& rules) {
  return std::all_of(rules.where.begin(), rules.where.end(), [&](const auto& rule) {
    const Json* field = json_field(line, rule.first);
    if (field == nullptr) return false;
    return (field->is_string() ? field->get_ref<const std::string&>() : dump_json(*field)) == rule.second;
  });
}

/// Of all that a record says, and who says it.
uint64_t hash_of(const Record& record) {
  Checksum sum;
  const auto add = [&](std::string_view text) {
    const uint64_t size = text.size();  // so that borders between texts count
    sum.add(std::span(reinterpret_cast<const uint8_t*>(&size), sizeof size));
    sum.add(text);
  };
  for (const ChatMessage& message : record.messages) add(message.role);
  for (const std::string_view text : texts_of(record)) add(text);
  return sum.value();
}

void compare_words(const ExamineRules& rules, Examined* examined) {
  const bool has_items = rules.items != nullptr && !rules.items->empty();
  if (!rules.near_duplicates && !has_items) return;
  std::vector<uint64_t> words;
  for (const std::string_view text : texts_of(examined->record)) {
    const std::vector<uint64_t> more = word_hashes(text);
    words.insert(words.end(), more.begin(), more.end());
  }
  if (has_items && rules.items->overlap(words)) examined->outcome = Outcome::kContaminated;
  if (rules.near_duplicates) examined->bands = min_hash_bands(words);
}

}  // namespace

Examined examine(const RawDocument& raw, bool is_json, const ExamineRules& rules, const std::string& where) {
  if (!raw.broken.empty()) return broken(fmt::format("{}: {}", where, raw.broken));
  Examined examined;
  if (is_json) {
    const auto line = parse_json(raw.text, where);
    if (!line) return broken(line.error().message());
    if (!passes(*line, rules)) {
      examined.outcome = Outcome::kFiltered;
      return examined;
    }
    auto record = read_record(*line, rules.kind, where);
    if (!record) return broken(record.error().message());
    examined.record = std::move(*record);
  } else {
    examined.record.text = raw.text;
  }
  examined.hash = hash_of(examined.record);
  compare_words(rules, &examined);
  return examined;
}

}  // namespace tern
