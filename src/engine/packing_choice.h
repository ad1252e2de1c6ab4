#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/thread_pool.h"
#include "models/model.h"
#include "models/model_file.h"

namespace tern {

/// What Packing::kAuto means for a model whose ternary rows have `cols` weights: the packing with which one
/// token's product takes less time on this machine, with the kernels in use and all threads of `pool`.
/// Measured once (a tenth of a second), then read from `cache`, a JSON file that is made and kept as well as
/// it can be; empty: always measured. `measured_bytes` at 2 bits are multiplied; only tests have reason to
/// take fewer.
Packing choose_packing(int64_t cols, ThreadPool* pool, const std::string& cache,
                       size_t measured_bytes = size_t{96} << 20);

/// `wanted`, or what kAuto means for a model: choose_packing() with the user's cache where there are many
/// trits, else kT2.
Packing decide_packing(Packing wanted, const ModelFile& file, ThreadPool* pool);

/// $XDG_CACHE_HOME/tern/packing.json or ~/.cache/tern/packing.json; empty when neither is known.
std::string packing_cache_path();

/// "2" or "1.6", bits a trit. Not of kAuto.
std::string_view packing_name(Packing packing);

}  // namespace tern
