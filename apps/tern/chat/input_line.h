#pragma once
#include <string>

namespace tern {

/// What reading a line came to.
struct InputLine {
  enum class Kind {
    kLine,       ///< `text` is the line, without its newline
    kCancelled,  ///< Ctrl-C on a terminal
    kEnd         ///< of the input: Ctrl-D, or a Ctrl-C where no lines are edited
  };
  Kind kind = Kind::kEnd;
  std::string text = {};
  bool typed = false;  ///< of kCancelled: the line was not empty
};

}  // namespace tern
