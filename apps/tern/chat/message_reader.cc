#include "apps/tern/chat/message_reader.h"

#include <string_view>
#include <utility>

#include "base/trim.h"

namespace tern {
namespace {

constexpr const char* kPrompt = "> ";
constexpr const char* kNextLinePrompt = ". ";
constexpr std::string_view kBlockMark = "\"\"\"";

/// An odd number of backslashes at the end; two are TeX's.
bool goes_on(std::string_view line) {
  size_t backslashes = 0;
  while (backslashes < line.size() && line[line.size() - 1 - backslashes] == '\\') ++backslashes;
  return backslashes % 2 == 1;
}

/// A message being put together.
class Message {
 public:
  void add(std::string line) {
    if (input_.may_be_command && text().empty() && trim(line).starts_with(kBlockMark)) {
      input_.may_be_command = false;
      line = std::string(trim(line).substr(kBlockMark.size()));
      if (line.empty()) return;
    }
    const std::string_view trimmed = trim(line);
    if (!input_.may_be_command) {
      whole_ = trimmed.ends_with(kBlockMark);
      if (whole_) line = std::string(trimmed.substr(0, trimmed.size() - kBlockMark.size()));
    } else {
      whole_ = !goes_on(line);
      if (!whole_) line.pop_back();
    }
    if (!std::exchange(first_, false)) text() += '\n';
    text() += line;
  }

  bool whole() const { return whole_; }
  bool begun() const { return !first_ || !input_.may_be_command; }
  UserInput take() { return std::move(input_); }

 private:
  std::string& text() { return input_.text; }
  UserInput input_;
  bool whole_ = false, first_ = true;
};

}  // namespace

Result<std::optional<UserInput>> MessageReader::read() {
  Message message;
  bool warned = false;  // by a Ctrl-C at an empty prompt, just before
  while (true) {
    TERN_ASSIGN(InputLine line, read_line_(message.begun() ? kNextLinePrompt : kPrompt));
    switch (line.kind) {
      case InputLine::Kind::kEnd:
        return std::nullopt;
      case InputLine::Kind::kCancelled: {
        const bool nothing = !line.typed && !message.begun();
        if (nothing && warned) return std::nullopt;
        if (nothing) hint_("(Ctrl-C again, or Ctrl-D, leaves)");
        warned = nothing;
        message = Message();
        break;
      }
      case InputLine::Kind::kLine:
        warned = false;
        if (!joins_) return UserInput{std::move(line.text)};
        message.add(std::move(line.text));
        if (message.whole()) return message.take();
    }
  }
}

}  // namespace tern
