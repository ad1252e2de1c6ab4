#include "tokenizer/normalizer.h"

namespace tern {
namespace {

std::string replace_all(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = text.find(from); at != std::string_view::npos; at = text.find(from)) {
    out.append(text.substr(0, at)).append(to);
    text.remove_prefix(at + from.size());
  }
  return out.append(text);
}

/// None in front, one where several are. Those at the end go later, when marks have become blanks.
std::string remove_extra(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const bool extra = c == ' ' && (out.empty() || out.back() == ' ');
    if (!extra) out += c;
  }
  return out;
}

/// User defined tokens as sentencepiece looks for them in text that is not normalized yet.
std::vector<std::string> user_defined_texts(const TokenizerSpec& spec) {
  std::vector<std::string> texts;
  for (size_t id = 0; id < spec.tokens.size(); ++id) {
    const bool is_matched = spec.kinds[id] == TokenKind::kUserDefined && !spec.tokens[id].empty();
    if (is_matched) texts.push_back(apply_blank_marks(spec.tokens[id]));
  }
  return texts;
}

}  // namespace

std::string undo_blank_marks(std::string_view marked) {
  return replace_all(marked, kBlankMark, " ");
}

std::string apply_blank_marks(std::string_view text) {
  return replace_all(text, " ", kBlankMark);
}

Result<Normalizer> Normalizer::create(const TokenizerSpec& spec) {
  Normalizer normalizer;
  normalizer.form_ = spec.form;
  TERN_ASSIGN(normalizer.chars_map_, CharsMap::create(spec.chars_map));
  normalizer.has_map_ = !spec.chars_map.empty();
  if (normalizer.has_map_) {
    normalizer.kept_texts_ = user_defined_texts(spec);
    std::vector<std::pair<std::string_view, int32_t>> kept;
    for (const std::string& text : normalizer.kept_texts_) kept.emplace_back(text, 0);
    normalizer.kept_ = SpecialMatcher(std::move(kept));
  }
  normalizer.remove_extra_blanks_ = spec.remove_extra_blanks;
  normalizer.marks_blanks_ = spec.model != TokenizerModel::kByteBpe;
  normalizer.add_prefix_ = spec.add_prefix_space;
  normalizer.prefix_before_blank_ = spec.prefix_before_blank;
  normalizer.prefix_once_ = spec.prefix_once;
  return normalizer;
}

std::string Normalizer::map_characters(std::string_view text) const {
  std::string mapped;
  mapped.reserve(text.size());
  while (!text.empty()) {
    const auto kept = kept_.longest_at(text, 0);
    if (kept) mapped += text.substr(0, kept->length);
    text.remove_prefix(kept ? kept->length : chars_map_.replace_first(text, &mapped));
  }
  return mapped;
}

bool Normalizer::puts_blank_before(std::string_view text, bool at_start) const {
  if (!add_prefix_ || (prefix_once_ && !at_start)) return false;
  return prefix_before_blank_ || !text.starts_with(' ');
}

std::string_view Normalizer::apply(std::string_view text, bool at_start, std::string* buffer) const {
  // Each step that changes something leaves its text in the buffer, of which `text` is then a view.
  const auto take = [&](std::string changed) {
    *buffer = std::move(changed);
    text = *buffer;
  };
  text = to_unicode_form(text, form_, buffer);
  if (has_map_) take(map_characters(text));
  if (remove_extra_blanks_) {
    take(remove_extra(text));
    if (text.empty()) return text;
  }
  if (marks_blanks_ && text.find(kBlankMark) != std::string_view::npos) take(undo_blank_marks(text));
  if (puts_blank_before(text, at_start)) take(std::string(1, ' ').append(text));
  if (remove_extra_blanks_) text = text.substr(0, text.find_last_not_of(' ') + 1);
  return text;
}

}  // namespace tern
