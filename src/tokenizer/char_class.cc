#include "tokenizer/char_class.h"

#include <algorithm>
#include <array>
#include <vector>

#include "tokenizer/utf8.h"

namespace tern {
namespace {

struct ClassRange {
  uint32_t first, last;
  CharClass cls;
};

constexpr ClassRange kRanges[] = {
#define TERN_CLASS_RANGE(first, last, cls) {first, last, CharClass::cls},
#include "tokenizer/unicode_classes.inc"
#undef TERN_CLASS_RANGE
};

constexpr uint32_t kPageBits = 8;
constexpr uint32_t kPageSize = 1u << kPageBits;
constexpr uint32_t kCodes = 0x110000;

/// The ranges unfolded into pages of 256 characters; pages that are all of one class share one, which keeps
/// the table at about 60 KiB. A look-up is two loads where a search in the ranges takes ten branches.
class ClassTable {
 public:
  ClassTable() {
    std::vector<CharClass> all(kCodes, CharClass::kOther);
    for (const ClassRange& range : kRanges) std::fill(&all[range.first], &all[range.last] + 1, range.cls);
    std::array<int, static_cast<size_t>(CharClass::kEnd)> uniform;
    uniform.fill(-1);
    for (uint32_t page = 0; page < kCodes / kPageSize; ++page) {
      const CharClass* codes = &all[page * kPageSize];
      const bool is_uniform =
          std::all_of(codes, codes + kPageSize, [&](CharClass c) { return c == codes[0]; });
      int& shared = uniform[static_cast<size_t>(codes[0])];
      if (is_uniform && shared >= 0) {
        page_of_[page] = static_cast<uint16_t>(shared);
        continue;
      }
      page_of_[page] = static_cast<uint16_t>(classes_.size() / kPageSize);
      if (is_uniform) shared = page_of_[page];
      classes_.insert(classes_.end(), codes, codes + kPageSize);
    }
  }

  CharClass operator[](uint32_t code) const {
    return classes_[page_of_[code >> kPageBits] << kPageBits | (code & (kPageSize - 1))];
  }

 private:
  std::array<uint16_t, kCodes / kPageSize> page_of_{};
  std::vector<CharClass> classes_;
};

const ClassTable& class_table() {
  static const ClassTable table;
  return table;
}

}  // namespace

CharClass char_class(uint32_t code) {
  return code < kCodes ? class_table()[code] : CharClass::kOther;
}

Char char_at(std::string_view text, size_t at) {
  if (at >= text.size()) return {CharClass::kEnd, 0};
  const auto byte = static_cast<uint8_t>(text[at]);
  if (byte < 0x80) return {class_table()[byte], 1};
  const Utf8Step step = utf8_step(text.substr(at));
  return {class_table()[step.code], step.length};
}

size_t skip_class(std::string_view text, size_t at, CharClass cls) {
  for (Char c = char_at(text, at); c.cls == cls; c = char_at(text, at)) at += c.length;
  return at;
}

}  // namespace tern
