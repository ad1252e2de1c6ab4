#pragma once
// What happens to text before it is cut: Unicode forms, sentencepiece's rules, blanks.
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "tokenizer/chars_map.h"
#include "tokenizer/spec.h"
#include "tokenizer/special_matcher.h"

namespace tern {

/// The letter that stands for a blank where tokens are written down: U+2581.
constexpr std::string_view kBlankMark = "\xE2\x96\x81";

class Normalizer {
 public:
  Normalizer(Normalizer&&) = default;  // a copy would look into the texts of the original
  /// kBadFile for a broken character map.
  static Result<Normalizer> create(const TokenizerSpec& spec);

  /// The text that the model sees of a stretch without added tokens: a view of `text` where nothing changes,
  /// else of `*buffer`. `at_start`: nothing stands before the stretch.
  std::string_view apply(std::string_view text, bool at_start, std::string* buffer) const;

 private:
  Normalizer() = default;

  /// Maps characters and removes blanks; user defined pieces stay as they are but for blanks in front.
  std::string replace_parts(std::string_view text) const;
  bool puts_blank_before(std::string_view text, bool at_start) const;

  UnicodeForm form_ = UnicodeForm::kNone;
  CharsMap chars_map_;
  std::vector<std::string> kept_texts_;  ///< user defined pieces as text has them
  SpecialMatcher kept_{{}};
  bool has_map_ = false, remove_extra_blanks_ = false, marks_blanks_ = false;
  bool add_prefix_ = false, prefix_before_blank_ = false, prefix_once_ = false;
};

/// "▁the" -> " the", as sentencepiece writes tokens down.
std::string undo_blank_marks(std::string_view marked);
/// " the" -> "▁the".
std::string apply_blank_marks(std::string_view text);

}  // namespace tern
