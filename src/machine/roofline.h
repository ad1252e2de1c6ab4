#pragma once
// What a token must read and compute, and the least time that a machine could take for it.
#include <cstdint>

#include "base/error.h"
#include "engine/speed.h"
#include "machine/limits.h"
#include "models/model_file.h"

namespace tern {

/// A model's weights as a forward pass meets them when it skips none; the head apart, since a prompt needs it
/// for one token only.
struct ModelWork {
  uint64_t body_bytes = 0, head_bytes = 0;
  uint64_t body_macs = 0, head_macs = 0;  ///< multiply-adds of the linears, a token
  uint64_t kv_bytes = 0;                  ///< of keys and values, a position, in layers that see all of them
  uint64_t window_kv_bytes = 0;           ///< the same in layers that see the last `window`
  uint64_t window = 0;
  uint64_t hidden = 0;  ///< multiply-adds of a row of `up` or a column of `down`
  /// Bytes of the keys and values that a token behind `positions` others reads.
  double kv_read(int64_t positions) const;
};
/// Bytes with options.packing bits a trit (kT2: what a plain engine reads that skips nothing), of dense
/// matrices as stored. Errors: as describe_linear(); none of a model that is loaded.
Result<ModelWork> model_work(const ModelFile& file, TernKvFormat kv, const LoadOptions& options);

/// What a token must come by: bytes of weights and of the keys and values before it, and operations, two a
/// multiply-add of the linears (attention is not counted).
struct Work {
  double bytes = 0, operations = 0;
};
/// A test's mean over its tokens.
struct TokenWork {
  Work
      done;  ///< by the engine, as it counted: rows and columns that it skipped are neither read nor computed
  Work dense;  ///< without skipping
};
/// `chunk`: prompt tokens of one pass. `reads`: SpeedRun's.
TokenWork token_work(const ModelWork& model, const SpeedTest& test, int64_t chunk, const WeightReads& reads);

/// The share (1: all) of what the machine allows: the time to read a token's bytes or to compute its
/// operations, whichever is longer, against the time taken.
double roofline_share(const Work& work, double tokens_s, const MachineLimits& limits);
/// Tokens a second at which `work` takes all that the machine allows.
double roofline_speed(const Work& work, const MachineLimits& limits);
/// Whether reading is the longer of the two.
bool memory_bound(const Work& work, const MachineLimits& limits);

}  // namespace tern
