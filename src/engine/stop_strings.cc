#include "engine/stop_strings.h"

#include <algorithm>
#include <utility>

namespace tern {

std::string StopStrings::add(std::string_view text) {
  if (found_) return "";
  held_ += text;
  size_t match = std::string::npos;
  for (const std::string& stop : stops_) match = std::min(match, held_.find(stop));
  if (match != std::string::npos) {
    found_ = true;
    held_.resize(match);
    return std::exchange(held_, "");
  }
  // The longest end of what is held that begins some stop string stays back.
  size_t keep = 0;
  for (const std::string& stop : stops_) {
    for (size_t n = std::min(stop.size() - 1, held_.size()); n > keep; --n) {
      if (std::string_view(held_).substr(held_.size() - n) == std::string_view(stop).substr(0, n)) keep = n;
    }
  }
  std::string shown = held_.substr(0, held_.size() - keep);
  held_.erase(0, shown.size());
  return shown;
}

std::string StopStrings::finish() {
  return found_ ? "" : std::exchange(held_, "");
}

}  // namespace tern
