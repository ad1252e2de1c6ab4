#pragma once
// A model of any format in another format or packing: first a plan, which is plain data and has read every
// weight, then the files.
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/thread_pool.h"
#include "convert/masters.h"
#include "io/tensor_stream.h"
#include "models/linear_scale.h"
#include "models/model_file.h"
#include "ternary/packing.h"

namespace tern {

enum class ConvertTarget {
  kHfPacked,   ///< folder, ternary linears as uint8 with weight_scale
  kHfMasters,  ///< folder, ternary linears as masters to be quantized at load
  kGguf,
};

struct ConvertOptions {
  ConvertTarget to = ConvertTarget::kGguf;
  DType gguf_type = DType::kI2_S;  ///< of ternary linears: kI2_S, kTQ1_0, kTQ2_0
  I2sLayout layout = I2sLayout::kPublished;
  std::optional<DType> head = {};  ///< of embedding and head: kF16, kBF16, kQ8_0, kQ6_K; else as it is
  std::optional<std::string> arch_name = {};  ///< general.architecture; else the architecture's usual one
  OpenOptions open = {};        ///< what the model was opened with: its words go into the output
  bool masters_remain = false;  ///< beside the output: that it leaves their values out is no loss
};

/// How the bytes of a tensor come about.
enum class Making {
  kCopy,     ///< the file's own values in the file's own type
  kRecode,   ///< a dense tensor in another type
  kTrits,    ///< a ternary linear's trits
  kScale,    ///< its scale, a tensor of its own
  kMasters,  ///< weights that quantize to its trits
};

struct PlannedTensor {
  std::string name;
  DType dtype;
  std::vector<uint64_t> shape;
  const TensorSpec* spec;  ///< of ModelFile::table()
  Making making;
  size_t linear = 0;  ///< index in ConvertPlan::linears, for the last three makings
};

struct PlannedLinear {
  const TensorSpec* spec;
  LinearScale scale;
  uint64_t nonzero;
  MasterMix masters;  ///< kHfMasters: at least its absmean
};

/// What a user should know of the output.
struct Remark {
  std::string text;
  std::vector<std::string> tensors;  ///< names in the output; empty when it concerns none
};

/// Refers to the ModelFile that it was made for.
struct ConvertPlan {
  ConvertOptions options;  ///< arch_name is filled in for GGUF
  ModelConfig config;      ///< of the output
  std::vector<PlannedTensor> tensors;
  std::vector<PlannedLinear> linears;     ///< the ternary ones, in table order
  ScaleOp scale_op = ScaleOp::kMultiply;  ///< of all of them
  bool exact_scales = false;              ///< they go into tern.linear_scales, or `tern` of config.json
  /// Of the model, what the output cannot hold, or only where other programs do not look.
  std::vector<Remark> losses;
  std::vector<Remark> notes;  ///< the rest
  uint64_t bytes() const;     ///< of all tensors
};

/// Reads every ternary linear once. `progress` gets bytes read and their total. Errors: those of loading, so
/// that a broken file is refused before anything is written; kUnsupported names the tensor that the target
/// cannot hold, and why; kInvalidArgument for options that do not fit the target.
Result<ConvertPlan> plan_conversion(const ModelFile& file, const ConvertOptions& options, ThreadPool* pool,
                                    const WriteProgress& progress);
/// kUnsupported names the first loss and its first tensor.
Status check_lossless(const ConvertPlan& plan);
/// Refuses an output that is the input, or that exists (a file may be overwritten with `force`).
Status check_output(const std::string& input, const std::string& output, const ConvertOptions& options,
                    bool force);
/// Writes the plan's file or folder; all of it or nothing. Memory: a few copies of the largest ternary
/// tensor.
Status write_conversion(const ModelFile& file, const ConvertPlan& plan, const std::string& output,
                        IfThere if_there, ThreadPool* pool, const WriteProgress& progress);

}  // namespace tern
