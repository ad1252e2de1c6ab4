#pragma once
#include <string>
#include <utility>

#include "apps/tern/chat/answer_view.h"

namespace tern {

/// What views of a terminal share: bytes come one by one, a carriage return before a newline is part of it,
/// and what a piece of text shows is written at once.
class TerminalView : public AnswerView {
 public:
  explicit TerminalView(Output output) : output_(std::move(output)) {}

  void add(std::string_view text) override {
    for (const char byte : text) {
      if (std::exchange(carriage_return_, false) && byte != '\n') put('\r');
      if (byte == '\r') {
        carriage_return_ = true;
      } else {
        put(byte);
      }
    }
    flush();
  }

  void finish() override {
    if (std::exchange(carriage_return_, false)) put('\r');
    end();
    flush();
  }

 protected:
  virtual void put(char byte) = 0;
  /// Shows what is held back, and ends the line if there is one.
  virtual void end() = 0;
  void show(std::string_view text) { shown_ += text; }

 private:
  void flush() {
    if (!shown_.empty()) output_(std::exchange(shown_, {}));
  }

  Output output_;
  std::string shown_;
  bool carriage_return_ = false;
};

}  // namespace tern
