#pragma once
#include <functional>
#include <optional>
#include <string>

#include "apps/tern/chat/input_line.h"
#include "base/error.h"

namespace tern {

/// What the user says at once.
struct UserInput {
  std::string text;
  bool may_be_command = true;  ///< false: a block between """ is a message whatever it begins with
};

/// Puts lines together: one that ends with a backslash goes on in the next, and """ begins a block that ends
/// with a line that ends with """.
class MessageReader {
 public:
  using ReadLine = std::function<Result<InputLine>(const std::string& prompt)>;

  /// Without `joins` (a pipe) every line is a message. `hint` shows the user a remark.
  MessageReader(ReadLine read_line, bool joins, std::function<void(const std::string&)> hint)
      : read_line_(std::move(read_line)), joins_(joins), hint_(std::move(hint)) {}

  /// Nothing when the user leaves: at the input's end, or by two Ctrl-C in a row where nothing was typed. One
  /// Ctrl-C drops what was typed. Errors: those of `read_line`.
  Result<std::optional<UserInput>> read();

 private:
  ReadLine read_line_;
  bool joins_;
  std::function<void(const std::string&)> hint_;
};

}  // namespace tern
