#include "apps/tern/chat/display_width.h"

#include <clocale>
#include <cwchar>

#include "tokenizer/utf8.h"

namespace tern {
namespace {

/// wcwidth() reads the locale of its thread; without one of UTF-8 it knows ASCII alone.
class Utf8Locale {
 public:
  Utf8Locale() : before_(::uselocale(utf8())) {}
  ~Utf8Locale() { ::uselocale(before_); }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  static locale_t utf8() {  // null, which changes nothing, where there is none
    static const locale_t locale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return locale;
  }
  locale_t before_;
};

}  // namespace

int display_width(char32_t character) {
  if (character < 0x80) return 1;
  const Utf8Locale locale;
  const int width = ::wcwidth(static_cast<wchar_t>(character));
  constexpr char32_t kFirstEmoji = 0x1F300, kLastEmoji = 0x1FAFF;
  if (width < 0) return character >= kFirstEmoji && character <= kLastEmoji ? 2 : 1;
  return width;
}

int display_width(std::string_view text) {
  int width = 0;
  while (!text.empty()) {
    const Utf8Step step = utf8_step(text);
    width += step.state == Utf8State::kValid ? display_width(static_cast<char32_t>(step.code)) : 1;
    text.remove_prefix(step.length);
  }
  return width;
}

}  // namespace tern
