#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tern {

/// Holds back text that may be the beginning of a stop string, so that no part of one is ever shown.
class StopStrings {
 public:
  /// None may be empty.
  explicit StopStrings(std::vector<std::string> stops) : stops_(std::move(stops)) {}
  /// Adds text; returns what may be shown. After found() nothing more comes out.
  std::string add(std::string_view text);
  /// The end of the answer: what was held back.
  std::string finish();
  bool found() const { return found_; }

 private:
  std::vector<std::string> stops_;
  std::string held_;
  bool found_ = false;
};

}  // namespace tern
