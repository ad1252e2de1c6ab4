#pragma once
// Which layout the I2_S tensors of a file have, as far as the trits tell.
#include <optional>
#include <vector>

#include "base/error.h"
#include "base/thread_pool.h"
#include "models/model_file.h"

namespace tern {

struct I2sEvidence {
  struct Reading {
    I2sLayout layout;
    double pairing;  ///< in standard deviations; about 3 by chance
  };
  std::vector<Reading> readings;  ///< the layouts that can hold the tensors
  std::optional<I2sLayout> fits;  ///< nothing: the trits do not tell
};

/// At least this much pairing, and twice that of every other reading, is what `fits` asks for. Over some 100
/// looks at random trits it comes up less than once in 10^9 files.
constexpr double kLeastPairing = 7.0;

/// Reads two layers in every layout that can hold them, on the whole file's model in memory for a moment:
/// some seconds for billions of weights. Nothing when the file has no whole layer of I2_S. Errors: those of
/// decode_i2s, with the tensor's name.
Result<std::optional<I2sEvidence>> i2s_evidence(const ModelFile& file, ThreadPool* pool);

}  // namespace tern
