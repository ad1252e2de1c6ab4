#pragma once
// What a rendering may cost. A template is data from a stranger, so every step, copied byte and list item is
// paid for.
#include <cstddef>
#include <cstdint>

#include "base/error.h"

namespace tern::jinja {

inline constexpr size_t kMaxSource = size_t{1} << 20;
inline constexpr size_t kMaxName = 256;
/// Of a call, and parameters of a macro.
inline constexpr size_t kMaxArguments = 64;
inline constexpr size_t kMaxOutput = size_t{16} << 20;
/// Nesting of syntax, of values, and of evaluation (which macros multiply).
inline constexpr int kMaxSyntaxDepth = 100;
inline constexpr int kMaxValueDepth = 100;
inline constexpr int kMaxEvaluationDepth = 400;
/// The sandbox of jinja2 has the same limit.
inline constexpr int64_t kMaxRange = 100000;

/// The unit is a byte copied; memory in use stays below what has been paid for, give or take a small factor.
class Budget {
 public:
  static constexpr size_t kTotal = size_t{256} << 20;
  static constexpr size_t kStep = 16;
  static constexpr size_t kItem = 64;

  Status spend(size_t amount) {
    if (amount > left_) {
      left_ = 0;
      return fail(ErrorCode::kOutOfMemory, "the chat template does too much work: it was stopped");
    }
    left_ -= amount;
    return {};
  }
  Status spend_items(size_t count) { return spend(count > kTotal / kItem ? kTotal + 1 : count * kItem); }

 private:
  size_t left_ = kTotal;
};

}  // namespace tern::jinja
