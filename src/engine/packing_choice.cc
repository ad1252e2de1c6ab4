#include "engine/packing_choice.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <limits>
#include <new>

#include "base/arena.h"
#include "base/atomic_file.h"
#include "base/check.h"
#include "base/cpu_name.h"
#include "base/environment.h"
#include "base/json.h"
#include "base/mmap.h"
#include "kernels/isa.h"
#include "models/activations.h"
#include "models/parallel.h"

namespace tern {
namespace {

constexpr int kRounds = 4;  // the fastest counts
constexpr uint64_t kMostCacheBytes = 1 << 20;
// Raised when a kernel of ternary_matmul or ternary_unpack changes its speed: what was measured before no
// longer counts.
constexpr int kKernels = 1;
// 64 MiB at 2 bits: beyond most caches, so that the packing matters.
constexpr uint64_t kManyTrits = uint64_t{64} << 22;
constexpr Packing kPackings[] = {Packing::kT2, Packing::kT5};

/// A tall matrix of legal codes in both packings.
class Trial {
 public:
  Trial(int64_t cols, ThreadPool* pool, size_t measured_bytes) : pool_(pool), x_(static_cast<size_t>(cols)) {
    const size_t row_bytes = t2_row_bytes(static_cast<uint64_t>(cols)),
                 group_bytes = kT2GroupRows * row_bytes, groups = measured_bytes / group_bytes + 1,
                 t5_bytes = t5_pieces(row_bytes) * kT5PieceBytes;
    uint8_t* const t2 = memory_.take(groups * group_bytes);
    uint8_t* const t5 = memory_.take(groups * t5_bytes);
    pool->parallel_for(groups, range_grain(groups, *pool), [&](size_t begin, size_t end) {
      // The time does not depend on which codes they are.
      std::fill(t2 + begin * group_bytes, t2 + end * group_bytes, 0x18);
      std::fill(t5 + begin * t5_bytes, t5 + end * t5_bytes, 0x4d);
    });
    for (const Packing packing : kPackings) {
      Linear& linear = of(packing);
      linear.out = static_cast<int64_t>(groups * kT2GroupRows);
      linear.in = cols;
      linear.activations = ActivationKind::kRowInt8;
      linear.row_bytes = row_bytes;
      linear.t5 = packing == Packing::kT5;
      linear.weights = linear.t5 ? t5 : t2;
    }
    y_ = AlignedBuffer<float>(groups * kT2GroupRows);
    std::fill_n(x_.data(), x_.size(), 1.0f);
    activations_.reset(x_.data(), 1, cols);
    activations_.prepare(ActivationKind::kRowInt8, pool);
  }
  double seconds(Packing packing) {
    const Linear& linear = of(packing);
    const auto groups = static_cast<size_t>(linear.out) / kT2GroupRows;
    const auto start = std::chrono::steady_clock::now();
    pool_->parallel_for(groups, range_grain(groups, *pool_), [&](size_t begin, size_t end) {
      activations_.multiply(linear, static_cast<int64_t>(begin * kT2GroupRows),
                            static_cast<int64_t>(end * kT2GroupRows), y_.data(), y_.size());
    });
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

 private:
  Linear& of(Packing packing) { return packing == Packing::kT5 ? t5_ : t2_; }
  ThreadPool* pool_;
  Arena memory_;
  AlignedBuffer<float> x_, y_;
  Activations activations_;
  Linear t2_, t5_;
};

Packing measure(int64_t cols, ThreadPool* pool, size_t measured_bytes) {
  Trial trial(cols, pool, measured_bytes);
  double best[] = {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
  for (int round = 0; round < kRounds; ++round) {  // in turns, so that a slow moment hits both
    for (size_t i = 0; i < std::size(kPackings); ++i)
      best[i] = std::min(best[i], trial.seconds(kPackings[i]));
  }
  return best[1] < best[0] ? kPackings[1] : kPackings[0];
}

Json read_cache(const std::string& path) {
  const Result<std::string> text = read_small_file(path, kMostCacheBytes);
  if (!text) return Json::object();
  Result<Json> json = parse_json(*text, path);
  return json && json->is_object() ? std::move(*json) : Json::object();
}

/// No error: without a cache it is measured again next time.
void write_cache(const std::string& path, const Json& json) {
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  Result<AtomicFile> file = AtomicFile::create(path);
  if (file && file->write(dump_json(json, 2) + "\n")) (void)file->commit().has_value();
}

}  // namespace

std::string_view packing_name(Packing packing) {
  TERN_CHECK(packing != Packing::kAuto);
  return packing == Packing::kT5 ? "1.6" : "2";
}

std::string packing_cache_path() {
  const std::string folder = user_folder("XDG_CACHE_HOME", ".cache");
  return folder.empty() ? std::string() : folder + "/packing.json";
}

Packing decide_packing(Packing wanted, const ModelFile& file, ThreadPool* pool) {
  if (wanted != Packing::kAuto) return wanted;
  if (file.trit_count() < kManyTrits) return Packing::kT2;
  return choose_packing(file.config().hidden, pool, packing_cache_path());
}

Packing choose_packing(int64_t cols, ThreadPool* pool, const std::string& cache, size_t measured_bytes) {
  TERN_CHECK(cols > 0);
  if (active_isa() == Isa::kScalar) return Packing::kT2;  // does not wait for memory
  const std::string key = fmt::format("kernels {}, {}, {}, {} threads, {} columns", kKernels, cpu_name(),
                                      isa_name(active_isa()), pool->threads(), cols);
  Json known = cache.empty() ? Json::object() : read_cache(cache);
  for (const Packing packing : kPackings) {
    const Json* const name = json_field(known, key);
    if (name != nullptr && name->is_string() && name->get<std::string>() == packing_name(packing))
      return packing;
  }
  Packing packing = Packing::kT2;
  try {
    packing = measure(cols, pool, measured_bytes);
  } catch (const std::bad_alloc&) {
    return packing;  // the model itself may still fit
  }
  known[key] = packing_name(packing);
  if (!cache.empty()) write_cache(cache, known);
  return packing;
}

}  // namespace tern
