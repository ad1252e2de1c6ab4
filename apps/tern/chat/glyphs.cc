#include "apps/tern/chat/glyphs.h"

#include "apps/tern/chat/display_width.h"
#include "base/terminal.h"
#include "tokenizer/utf8.h"

namespace tern {

void GlyphReader::show_bytes(size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const std::string shown = shown_byte(pending_[i]);
    sink_({shown, static_cast<int>(shown.size())});
  }
}

void GlyphReader::add(char byte) {
  pending_ += byte;
  while (!pending_.empty()) {
    const Utf8Step step = utf8_step(pending_);
    if (step.state == Utf8State::kIncomplete) return;
    if (shown_length(pending_) == step.length) {
      sink_({pending_.substr(0, step.length), display_width(static_cast<char32_t>(step.code))});
    } else {
      show_bytes(step.length);
    }
    pending_.erase(0, step.length);
  }
}

void GlyphReader::finish() {
  show_bytes(pending_.size());
  pending_.clear();
}

}  // namespace tern
