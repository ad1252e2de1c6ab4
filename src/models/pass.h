#pragma once
// One forward pass over T rows (tokens of one or more sequences), as the words in which a layer is written.
// Everything is done row by row, so a row's bits do not depend on what else is in the pass.
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <vector>

#include "base/aligned_buffer.h"
#include "base/error.h"
#include "base/thread_pool.h"
#include "kernels/rope/rope.h"
#include "models/activations.h"
#include "models/config.h"
#include "models/kv_view.h"
#include "models/weights.h"

namespace tern {

/// [T, width] floats, contiguous.
struct Rows {
  float* data = nullptr;
  int64_t width = 0;
  float* row(int64_t r) const { return data + r * width; }
};

/// One token of the pass.
struct PassRow {
  int32_t token = 0;
  int64_t position = 0;
  KvView* kv = nullptr;
  float* logits = nullptr;        ///< where its logits go; nullptr when nobody asked
  const LogitCut* cut = nullptr;  ///< which of them matter; nullptr: all
  float* hidden = nullptr;        ///< where its hidden state goes; nullptr when nobody asked
};

/// When not to ask the head's screen: after it left too many rows, for twice as many passes each time.
struct ScreenPause {
  static constexpr int kLongest = 64;
  /// Whether this pass goes without; counts it.
  bool resting() { return left > 0 && left-- > 0; }
  void failed() {
    left = next;
    next = next < kLongest ? 2 * next : kLongest;
  }
  void worked() { next = 1; }
  int left = 0, next = 1;  ///< passes
};

/// Memory that passes reuse; one pass at a time.
struct Workspace {
  AlignedBuffer<float> x, h, q, k, v, a, gate, up, rope, window_rope, inner;
  AlignedBuffer<float> bounds;       ///< of the logits of groups of head rows
  AlignedBuffer<float> segment_acc;  ///< what Pass::attend has of segments that are not merged yet
  AlignedBuffer<TernAttentionState> segment_state;
  Activations activations;
  std::vector<int32_t> active;  ///< neurons with an open gate, or inputs other than 0
  ScreenPause screen_pause;
};

/// A linear and where its output goes.
struct Projection {
  const Linear& linear;
  const Rows& out;
};

/// Of the layers that see all keys, and of windowed ones.
struct RopeTables {
  explicit RopeTables(const ModelConfig& config);
  RopeTable all;
  std::optional<RopeTable> window;  ///< nothing where no layer is windowed
};

class Pass {
 public:
  Pass(const ModelConfig& config, const RopeTables& rope, std::span<const PassRow> rows, ThreadPool* pool,
       Workspace& workspace, GateCounts* gates, WeightReads* reads);

  // The rows that a layer works on.
  Rows x;         ///< the residual stream
  Rows h;         ///< [hidden] normalized input, then a sublayer's output
  Rows q, k, v;   ///< [heads * head_dim], [kv_heads * head_dim] twice
  Rows a;         ///< [heads * head_dim] attention output
  Rows gate, up;  ///< [ffn]

  /// x = the tokens' embeddings, times config.embedding_scale.
  void embed(const Embedding& embedding);
  /// out = RMSNorm(in); out may be in.
  void norm(const Rows& in, const Norm& norm, const Rows& out);
  /// Every head of `rows` = RMSNorm(head).
  void norm_heads(const Rows& rows, const Norm& norm);
  /// Each out = linear * in + bias; the quantized activations are shared. kNonFinite names the linear and the
  /// position.
  Status project(const Rows& in, std::initializer_list<Projection> projections);
  /// gate = gate_w * in, up = up_w * in. One token computes the gates first and, where few are open, only
  /// their rows of up: the others are +0, which gated() never uses (docs/numerics.md rule 8).
  Status project_gate_up(const Rows& in, const Linear& gate_w, const Linear& up_w);
  /// out = linear * in; for one token with few inputs other than 0, only their columns are read.
  Status project_down(const Rows& in, const Linear& down, const Rows& out);
  /// Rotates every head of q and k to its row's absolute position, by the layer's angles.
  void rope(int64_t layer, const Rows& q, const Rows& k);
  /// Writes every row's keys and values to its sequence's pages, rounded to their type. kNonFinite when one
  /// overflows.
  Status store_kv(int64_t layer, const Rows& k, const Rows& v);
  /// out = causal attention of every (row, head) over its own sequence, the rows just stored included; in a
  /// windowed layer over the window's keys.
  void attend(int64_t layer, const Rows& q, const Rows& out);
  /// out = activation(gate) * up; out may be gate. Counts open gates when asked.
  void gated(int64_t layer, const Rows& gate, const Rows& up, const Rows& out);
  /// x += y.
  void add(const Rows& y, const Rows& x);
  /// x += y * config.residual_scale.
  void add_scaled(const Rows& y, const Rows& x);
  /// Final norm, for the rows that asked for hidden states. kNonFinite names the position.
  Status hidden_states(const Norm& final_norm);
  /// Final norm, division by config.logit_divisor and head, for the rows that were asked for. Where all of
  /// them have a cut, what cannot matter may be -infinity. kNonFinite names the head.
  Status logits(const Norm& final_norm, const Head& head);

 private:
  int64_t count() const { return static_cast<int64_t>(rows_.size()); }
  void for_rows(const std::function<void(int64_t row)>& body);
  Status prepare(const Linear& linear, std::span<const PassRow> rows);
  Status prepare(ActivationKind kind, const std::string& name, std::span<const PassRow> rows);
  /// Logits that matter to `asked`, whose activations are prepared, into `out`; false: not done, all may
  /// matter.
  Result<bool> screened_logits(const Head& head, std::span<const PassRow> asked, const Rows& out);
  Status multiply_groups(const Head& head, std::span<const PassRow> asked, std::span<const int32_t> groups,
                         const Rows& out);
  Status multiply(const float* in, int64_t width, std::span<const PassRow> rows,
                  std::initializer_list<Projection> projections);
  void add_bias(const Projection& projection);
  void multiply_prepared(std::initializer_list<Projection> projections);
  /// Groups [begin, end) of output rows, counted over all projections (beyond them there are none), for some
  /// tokens.
  void multiply_row_groups(std::initializer_list<Projection> projections, int64_t t_begin, int64_t t_end,
                           int64_t begin, int64_t end);

  const ModelConfig& config_;
  std::span<const PassRow> rows_;
  ThreadPool* pool_;
  Workspace& workspace_;
  GateCounts* gates_;  ///< nullptr: nobody asked
  WeightReads* reads_;
  float *angles_, *window_angles_;  ///< [T, head_dim]
};

}  // namespace tern
