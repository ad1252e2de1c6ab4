#include "tokenizer/unicode_form.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <vector>

#include "tokenizer/utf8.h"

namespace tern {
namespace {

constexpr uint32_t kCodes = 0x110000;

// Hangul syllables are composed by arithmetic (The Unicode Standard, 3.12).
constexpr uint32_t kSyllables = 0xAC00, kLeads = 0x1100, kVowels = 0x1161, kTails = 0x11A7;
constexpr uint32_t kLeadCount = 19, kVowelCount = 21, kTailCount = 28, kSyllableCount = 11172;

bool is_syllable(uint32_t code) {
  return kSyllables <= code && code < kSyllables + kSyllableCount;
}

uint64_t pair_of(uint32_t first, uint32_t second) {
  return uint64_t{first} << 32 | second;
}

struct Decomposition {
  uint32_t code;
  const char* text;
};
struct ClassRange {
  uint32_t first, last;
  uint8_t combining;
};
struct Composition {
  uint32_t first, second, composed;
};

// unicode_forms.inc as data, four times, each time for the lines of one kind: as code its six thousand lines
// take the compiler minutes.
#define TERN_NFD(code, text) {code, text},
#define TERN_NFKD(code, text)
#define TERN_CCC(first, last, combining)
#define TERN_NFC(first, second, composed)
constexpr Decomposition kCanonical[] = {
#include "tokenizer/unicode_forms.inc"
};
#undef TERN_NFD
#undef TERN_NFKD
#define TERN_NFD(code, text)
#define TERN_NFKD(code, text) {code, text},
constexpr Decomposition kCompatible[] = {
#include "tokenizer/unicode_forms.inc"
};
#undef TERN_NFKD
#undef TERN_CCC
#define TERN_NFKD(code, text)
#define TERN_CCC(first, last, combining) {first, last, combining},
constexpr ClassRange kClasses[] = {
#include "tokenizer/unicode_forms.inc"
};
#undef TERN_CCC
#undef TERN_NFC
#define TERN_CCC(first, last, combining)
#define TERN_NFC(first, second, composed) {first, second, composed},
constexpr Composition kCompositions[] = {
#include "tokenizer/unicode_forms.inc"
};
#undef TERN_NFD
#undef TERN_NFKD
#undef TERN_CCC
#undef TERN_NFC

/// The same by code point.
struct Tables {
  std::unordered_map<uint32_t, std::string_view> canonical, compatible;
  std::unordered_map<uint32_t, uint8_t> classes;
  std::unordered_map<uint64_t, uint32_t> compositions;
  /// By form: characters that are not always left as they are, whatever stands before and behind them.
  std::array<std::vector<bool>, 5> unstable;

  Tables() {
    for (const auto& [code, text] : kCanonical) canonical.emplace(code, text);
    for (const auto& [code, text] : kCompatible) compatible.emplace(code, text);
    for (const auto& [first, last, combining] : kClasses) {
      for (uint32_t code = first; code <= last; ++code) classes.emplace(code, combining);
    }
    for (const auto& [first, second, composed] : kCompositions)
      compositions.emplace(pair_of(first, second), composed);
    for (std::vector<bool>& form : unstable) form.resize(kCodes);
    for (const auto form : {UnicodeForm::kNfc, UnicodeForm::kNfd, UnicodeForm::kNfkc, UnicodeForm::kNfkd})
      mark_unstable(form);
  }

 private:
  void mark_unstable(UnicodeForm form) {
    std::vector<bool>& marks = unstable[static_cast<size_t>(form)];
    const bool composes = form == UnicodeForm::kNfc || form == UnicodeForm::kNfkc;
    for (const auto& [code, combining] : classes) marks[code] = true;
    for (const auto& [code, text] : canonical) marks[code] = true;
    if (!composes) std::fill_n(marks.begin() + kSyllables, kSyllableCount, true);
    if (composes) {
      // What a pair makes stays; what may be the second of a pair does not.
      for (const auto& [pair, composed] : compositions) {
        if (!classes.contains(composed)) marks[composed] = false;
      }
      for (const auto& [pair, composed] : compositions) marks[static_cast<uint32_t>(pair)] = true;
      std::fill_n(marks.begin() + kVowels, kVowelCount, true);
      std::fill_n(marks.begin() + kTails + 1, kTailCount - 1, true);
    }
    if (form == UnicodeForm::kNfkc || form == UnicodeForm::kNfkd) {
      for (const auto& [code, text] : compatible) marks[code] = true;
    }
  }
};

const Tables& tables() {
  static const Tables instance;
  return instance;
}

struct Mark {
  uint32_t code;
  uint8_t combining;  ///< class; 0: a starter
};

uint8_t class_of(uint32_t code) {
  const auto found = tables().classes.find(code);
  return found == tables().classes.end() ? 0 : found->second;
}

void decompose(uint32_t code, bool compatible, std::vector<Mark>* out) {
  if (is_syllable(code)) {
    const uint32_t index = code - kSyllables, tail = index % kTailCount;
    out->push_back({kLeads + index / (kVowelCount * kTailCount), 0});
    out->push_back({kVowels + index % (kVowelCount * kTailCount) / kTailCount, 0});
    if (tail != 0) out->push_back({kTails + tail, 0});
    return;
  }
  const Tables& t = tables();
  std::string_view text;
  if (const auto found = t.compatible.find(code); compatible && found != t.compatible.end()) {
    text = found->second;
  } else if (const auto other = t.canonical.find(code); other != t.canonical.end()) {
    text = other->second;
  } else {
    out->push_back({code, class_of(code)});
    return;
  }
  while (!text.empty()) {
    const Utf8Step step = utf8_step(text);
    out->push_back({step.code, class_of(step.code)});
    text.remove_prefix(step.length);
  }
}

/// Sorts each run of marks by class, equal ones as they stand.
void order_marks(std::vector<Mark>* marks) {
  for (auto begin = marks->begin(); begin != marks->end();) {
    if (begin->combining == 0) {
      ++begin;
      continue;
    }
    const auto end = std::find_if(begin, marks->end(), [](const Mark& m) { return m.combining == 0; });
    std::stable_sort(begin, end, [](const Mark& a, const Mark& b) { return a.combining < b.combining; });
    begin = end;
  }
}

/// The character that two make; 0 when they make none.
uint32_t composition(uint32_t first, uint32_t second) {
  if (kLeads <= first && first < kLeads + kLeadCount && kVowels <= second && second < kVowels + kVowelCount)
    return kSyllables + ((first - kLeads) * kVowelCount + (second - kVowels)) * kTailCount;
  if (is_syllable(first) && (first - kSyllables) % kTailCount == 0 && kTails < second &&
      second < kTails + kTailCount)
    return first + (second - kTails);
  const auto found = tables().compositions.find(pair_of(first, second));
  return found == tables().compositions.end() ? 0 : found->second;
}

void compose(std::vector<Mark>* marks) {
  constexpr size_t kNone = static_cast<size_t>(-1);
  size_t size = 0, starter = kNone;
  for (const Mark mark : *marks) {
    // Blocked: something with no lower class stands between.
    const bool adjacent = starter != kNone && size == starter + 1;
    const uint8_t last = size > 0 ? (*marks)[size - 1].combining : 0;
    const bool open = starter != kNone && (adjacent || (last != 0 && last < mark.combining));
    const uint32_t composed = open ? composition((*marks)[starter].code, mark.code) : 0;
    if (composed != 0) {
      (*marks)[starter].code = composed;
      continue;
    }
    if (mark.combining == 0) starter = size;
    (*marks)[size++] = mark;
  }
  marks->resize(size);
}

/// Appends a stretch of valid UTF-8 in the form.
void append_form(std::string_view stretch, UnicodeForm form, std::string* out) {
  std::vector<Mark> marks;
  const bool compatible = form == UnicodeForm::kNfkc || form == UnicodeForm::kNfkd;
  while (!stretch.empty()) {
    const Utf8Step step = utf8_step(stretch);
    decompose(step.code, compatible, &marks);
    stretch.remove_prefix(step.length);
  }
  order_marks(&marks);
  if (form == UnicodeForm::kNfc || form == UnicodeForm::kNfkc) compose(&marks);
  for (const Mark& mark : marks) append_utf8(mark.code, out);
}

}  // namespace

std::string_view unicode_form_name(UnicodeForm form) {
  constexpr std::array<std::string_view, 5> kNames = {"", "NFC", "NFD", "NFKC", "NFKD"};
  return kNames[static_cast<size_t>(form)];
}

std::string_view to_unicode_form(std::string_view text, UnicodeForm form, std::string* buffer) {
  if (form == UnicodeForm::kNone) return text;
  const std::vector<bool>& unstable = tables().unstable[static_cast<size_t>(form)];
  buffer->clear();
  constexpr size_t kNone = static_cast<size_t>(-1);
  // [stable, at) is copied as it is but for its last character, with which a change may begin.
  size_t stable = 0, last = kNone, stretch = kNone;
  const auto flush = [&](size_t end) {
    if (stretch == kNone) return;
    append_form(text.substr(stretch, end - stretch), form, buffer);
    stable = end;
    stretch = kNone;
  };
  for (size_t at = 0; at < text.size();) {
    const auto byte = static_cast<uint8_t>(text[at]);
    const Utf8Step step = byte < 0x80 ? Utf8Step{Utf8State::kValid, 1, byte} : utf8_step(text.substr(at));
    const bool valid = step.state == Utf8State::kValid;
    if (!valid || !unstable[step.code]) {
      flush(at);
      last = valid ? at : kNone;
    } else if (stretch == kNone) {
      stretch = last == kNone ? at : last;
      *buffer += text.substr(stable, stretch - stable);
    }
    at += step.length;
  }
  flush(text.size());
  if (stable == 0) return text;
  return *buffer += text.substr(stable);
}

}  // namespace tern
