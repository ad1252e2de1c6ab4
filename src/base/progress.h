#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace tern {

/// A progress bar with ETA on stderr: drawn only on a terminal, and only once two seconds have passed.
class Progress {
 public:
  /// `total` in units of the caller (bytes, tensors, tokens); 0 when unknown. What was `done_before` took
  /// none of the time from now on.
  Progress(std::string label, uint64_t total, uint64_t done_before = 0);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void update(uint64_t done);

 private:
  void draw(uint64_t done, double elapsed_s);
  std::string label_;
  uint64_t total_, done_before_;
  std::chrono::steady_clock::time_point start_, last_draw_;
  bool enabled_, drawn_ = false;
};

}  // namespace tern
