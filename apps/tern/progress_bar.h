#pragma once
#include <optional>
#include <string>
#include <utility>

#include "base/progress.h"
#include "io/tensor_stream.h"

namespace tern {

/// A progress bar from its first report on, which is when the total is known.
class ProgressBar {
 public:
  explicit ProgressBar(std::string label) : label_(std::move(label)) {}
  /// Refers to this bar, and is called no longer than it lives.
  WriteProgress progress() {
    return [this](uint64_t done, uint64_t total) {
      if (!bar_) bar_.emplace(label_, total);
      bar_->update(done);
    };
  }

 private:
  std::string label_;
  std::optional<Progress> bar_;
};

}  // namespace tern
