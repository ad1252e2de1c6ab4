#pragma once
#include <cstdint>

namespace tern {

/// Which row of the file is row r of the model. `llama` GGUF files hold the rows of Q and K permuted for
/// interleaved RoPE, (h 2 d/2) -> (h d/2 2); everything else is in Hugging Face's rotate-half order already.
class RowOrder {
 public:
  /// head_dim = 0: as stored.
  explicit RowOrder(int64_t head_dim) : head_dim_(head_dim) {}
  bool as_stored() const { return head_dim_ == 0; }
  int64_t source(int64_t row) const {
    if (head_dim_ == 0) return row;
    const int64_t half = head_dim_ / 2, head = row / head_dim_, within = row % head_dim_;
    return head * head_dim_ + 2 * (within % half) + within / half;
  }
  /// The other way round: which row of the model is row `row` of the file.
  int64_t model(int64_t row) const {
    if (head_dim_ == 0) return row;
    const int64_t half = head_dim_ / 2, head = row / head_dim_, within = row % head_dim_;
    return head * head_dim_ + within % 2 * half + within / 2;
  }

 private:
  int64_t head_dim_;
};

}  // namespace tern
