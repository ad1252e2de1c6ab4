#include "tokenizer/normalizer.h"

#include <algorithm>

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

/// User defined pieces as sentencepiece looks for them in text that is not normalized yet. Those with a blank
/// of their own are no tokens that text gives, but are found here.
std::vector<std::string> user_defined_texts(const TokenizerSpec& spec) {
  std::vector<std::string> texts;
  for (size_t id = 0; id < spec.tokens.size(); ++id) {
    const std::string& token = spec.tokens[id];
    const bool has_blank = spec.kinds[id] == TokenKind::kUnused && token.find(' ') != std::string::npos;
    if (has_blank) texts.push_back(token);
    if (spec.kinds[id] == TokenKind::kUserDefined && !token.empty())
      texts.push_back(apply_blank_marks(token));
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
  if (normalizer.has_map_ || spec.remove_extra_blanks) {
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

std::string Normalizer::replace_parts(std::string_view text) const {
  std::string out;
  out.reserve(text.size());
  bool after_blank = true;
  while (!text.empty()) {
    const size_t begin = out.size();
    const auto kept = kept_.longest_at(text, 0);
    const bool mapped = !kept && has_map_;
    const size_t length = kept ? kept->length : mapped ? chars_map_.replace_first(text, &out) : 1;
    if (!mapped) out += text.substr(0, length);
    text.remove_prefix(length);
    if (!remove_extra_blanks_) continue;
    // None in front, and none behind a part that ends with one. Those at the end of the text go later, when
    // marks have become blanks.
    const size_t letter = after_blank ? std::min(out.find_first_not_of(' ', begin), out.size()) : begin;
    out.erase(begin, letter - begin);
    if (out.size() > begin) after_blank = out.back() == ' ';
  }
  return out;
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
  if (has_map_ || remove_extra_blanks_) take(replace_parts(text));
  if (remove_extra_blanks_ && text.empty()) return text;
  if (marks_blanks_ && text.find(kBlankMark) != std::string_view::npos) take(undo_blank_marks(text));
  if (puts_blank_before(text, at_start)) take(std::string(1, ' ').append(text));
  if (remove_extra_blanks_) text = text.substr(0, text.find_last_not_of(' ') + 1);
  return text;
}

}  // namespace tern
