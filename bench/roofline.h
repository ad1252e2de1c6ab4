#pragma once
// What a token must read and compute, and the least time that a machine could take for it.
#include <cstdint>

#include "bench/machine.h"
#include "engine/speed.h"

namespace tern {

/// A model's weights as a forward pass meets them; the head apart, since a prompt needs it for one token
/// only.
struct ModelWork {
  uint64_t body_bytes = 0, head_bytes = 0;  ///< read by one pass, as the engine holds them
  /// The same where every trit takes 2 bits and none is skipped: what an engine of that kind reads at least.
  uint64_t dense_body_bytes = 0;
  uint64_t body_macs = 0, head_macs = 0;  ///< multiply-adds of the linears, a token
  uint64_t kv_bytes = 0;                  ///< of keys and values, a position
};
ModelWork model_work(const Engine& engine);

/// A test's mean over its tokens.
struct TokenWork {
  double bytes = 0, dense_bytes = 0;  ///< of weights, and of the keys and values that were there before
  double operations = 0;              ///< two a multiply-add of the linears; attention is not counted
};
/// `chunk`: prompt tokens of one pass.
TokenWork token_work(const ModelWork& model, const SpeedTest& test, int64_t chunk);

/// The share (1: all) of what the machine allows: the time to read `bytes` or to compute `operations`,
/// whichever is longer, against the time taken.
double roofline_share(double bytes, double operations, double tokens_s, const MachineLimits& limits);
/// Whether reading is the longer of the two.
bool memory_bound(double bytes, double operations, const MachineLimits& limits);

}  // namespace tern
