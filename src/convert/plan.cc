// What the output will hold, tensor by tensor, and what it cannot.
#include <algorithm>
#include <cmath>
#include <set>

#include "base/interrupt.h"
#include "convert/convert.h"
#include "convert/metadata.h"
#include "convert/trit_matrix.h"
#include "models/arch.h"
#include "tensor/float16.h"

namespace tern {
namespace {

constexpr std::string_view kNewModel =
    "masters are quantized by absmean, as training quantizes them: their own values are left out";
constexpr std::string_view kPaddedRows =
    "rows are no multiple of 4, so that they are padded: transformers does not load that";
constexpr std::string_view kNoMaster =
    "no mix of bf16 weights has this scale as its absmean: it stands in `tern` of config.json, where other "
    "programs "
    "do not look";
constexpr std::string_view kDivides =
    "the scale divides, which GGUF cannot say: the tensor has the nearest multiplier, tern.linear_scales the "
    "scale "
    "itself";
constexpr std::string_view kHalfScale =
    "the block scale is a float16: the tensor has the nearest one, tern.linear_scales the scale itself";
constexpr std::string_view kOtherLayout =
    "the I2_S layout is not the published one: other readers, and Tern without --i2s-layout, take it for "
    "garbage";
constexpr std::string_view kUnusedTensor = "not part of the model, left out";
constexpr std::string_view kSayDense = "dense in a bitnet model: to open it, say --linear dense";

bool is_float(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF16 || dtype == DType::kBF16;
}

std::string_view type_name(DType dtype) {
  return dtype_info(dtype).name;
}

class Planner {
 public:
  Planner(const ModelFile& file, const ConvertOptions& options, ThreadPool* pool,
          const WriteProgress& progress)
      : file_(file), pool_(pool), progress_(progress) {
    plan_.options = options;
    plan_.config = file.config();
  }

  Result<ConvertPlan> make() {
    TERN_TRY(check_options());
    for (const TensorSpec& spec : file_.table()) {
      if (file_.linear_kind(spec) != LinearKind::kDense) to_read_ += file_.find(spec)->bytes.size();
    }
    for (const TensorSpec& spec : file_.table()) TERN_TRY(add(spec));
    TERN_TRY(settle_scales());
    TERN_TRY(settle_config());
    name_unused();
    TERN_TRY(check_metadata(file_, plan_));
    return std::move(plan_);
  }

 private:
  bool gguf() const { return plan_.options.to == ConvertTarget::kGguf; }
  const std::string& name_of(const TensorSpec& spec) const { return gguf() ? spec.gguf_name : spec.name; }

  Status check_options();
  Status add(const TensorSpec& spec);
  Status add_dense(const TensorSpec& spec);
  Status add_ternary(const TensorSpec& spec, LinearKind kind);
  Status add_packed(const TensorSpec& spec, size_t linear);
  Status add_masters(const TensorSpec& spec, LinearKind kind, size_t linear);
  Status add_gguf_trits(const TensorSpec& spec, size_t linear);
  Status settle_scales();
  Status settle_config();
  void name_unused();

  void lose(std::string_view reason, const std::string& tensor) {
    const auto known = std::find_if(plan_.losses.begin(), plan_.losses.end(),
                                    [&](const Loss& loss) { return loss.reason == reason; });
    if (known != plan_.losses.end()) {
      known->tensors.push_back(tensor);
    } else {
      plan_.losses.push_back({std::string(reason), {tensor}});
    }
  }

  const ModelFile& file_;
  ThreadPool* pool_;
  const WriteProgress& progress_;
  ConvertPlan plan_;
  std::vector<std::string> dense_modules_;
  uint64_t read_ = 0, to_read_ = 0;
};

Status Planner::check_options() {
  ConvertOptions& options = plan_.options;
  if (!gguf()) {
    if (options.arch_name) {
      return fail(ErrorCode::kInvalidArgument, "--arch-name is for GGUF; config.json has its own names");
    }
    if (options.head && !is_float(*options.head)) {
      return fail(ErrorCode::kInvalidArgument, "--head {}: safetensors has no such type: f16 or bf16",
                  type_name(*options.head));
    }
    return {};
  }
  TERN_ASSIGN(const ArchInfo* arch, arch_by_name(plan_.config.arch));
  if (!options.arch_name) options.arch_name = arch->gguf_names.substr(0, arch->gguf_names.find(','));
  const auto named = arch_from_gguf(*options.arch_name, "--arch-name");
  if (named && *named == arch) return {};
  return fail(ErrorCode::kInvalidArgument, "--arch-name {}: a {} model is called {}", *options.arch_name,
              arch->name, arch->gguf_names);
}

Status Planner::add(const TensorSpec& spec) {
  if (interrupted()) return fail(ErrorCode::kInterrupted, "interrupted; nothing was written");
  if (name_of(spec).empty()) {
    return fail(
        ErrorCode::kUnsupported,
        "{}: GGUF has no name for it (the norm inside a BitLinear, use_rms_norm): convert to hf-packed or "
        "hf-bf16",
        spec.name);
  }
  const LinearKind kind = file_.linear_kind(spec);
  if (kind == LinearKind::kDense) return add_dense(spec);
  return add_ternary(spec, kind);
}

Status Planner::add_dense(const TensorSpec& spec) {
  const DType from = file_.find(spec)->dtype;
  DType to = from;
  if (spec.role == TensorRole::kNorm) {
    if (gguf()) to = DType::kF32;  // what loaders ask for; exact from the other two
  } else if (plan_.options.head && spec.role != TensorRole::kLinear) {
    to = *plan_.options.head;
  } else if (!gguf() && !is_float(from)) {
    to = DType::kF32;
    plan_.notes.push_back(
        fmt::format("{}: safetensors has no {}: decoded to F32", spec.name, type_name(from)));
  }
  if (!dtype_bytes(to, spec.shape.back())) {
    return fail(ErrorCode::kUnsupported, "{}: rows of {} are no whole blocks of {}: choose another --head",
                name_of(spec), spec.shape.back(), type_name(to));
  }
  if (to != from && to != DType::kF32) {
    lose(fmt::format("--head changes the values: {} becomes {}", type_name(from), type_name(to)),
         name_of(spec));
  }
  if (spec.role == TensorRole::kLinear) {
    dense_modules_.emplace_back(module_of(spec.name));
    if (gguf() && plan_.config.arch == "bitnet") lose(kSayDense, name_of(spec));
  }
  plan_.tensors.push_back(
      {name_of(spec), to, spec.shape, &spec, to == from ? Making::kCopy : Making::kRecode});
  return {};
}

Status Planner::add_ternary(const TensorSpec& spec, LinearKind kind) {
  TERN_ASSIGN(const TritFacts facts, read_trit_facts(file_, spec, pool_));
  const size_t linear = plan_.linears.size();
  plan_.linears.push_back({&spec, facts.scale, facts.nonzero, {}});
  read_ += file_.find(spec)->bytes.size();
  if (progress_) progress_(read_, to_read_);
  if (plan_.options.to == ConvertTarget::kHfMasters) return add_masters(spec, kind, linear);
  if (kind == LinearKind::kTernaryOnline) lose(kNewModel, name_of(spec));
  return gguf() ? add_gguf_trits(spec, linear) : add_packed(spec, linear);
}

Status Planner::add_packed(const TensorSpec& spec, size_t linear) {
  if (spec.shape[0] % 4 != 0) lose(kPaddedRows, spec.name);
  plan_.tensors.push_back(
      {spec.name, DType::kU8, {(spec.shape[0] + 3) / 4, spec.shape[1]}, &spec, Making::kTrits, linear});
  plan_.tensors.push_back({hf_scale_name(spec), DType::kF32, {1}, &spec, Making::kScale, linear});
  return {};
}

Status Planner::add_masters(const TensorSpec& spec, LinearKind kind, size_t linear) {
  PlannedLinear& planned = plan_.linears[linear];
  const auto& [scale, op] = planned.scale;
  if (kind == LinearKind::kTernaryOnline) {
    const DType dtype = file_.find(spec)->dtype;
    if (dtype != DType::kBF16) {
      plan_.notes.push_back(fmt::format("{}: masters stay {}, as they are", spec.name, type_name(dtype)));
    }
    planned.masters.absmean = file_.exact_absmean(spec).value_or(scale);
    plan_.tensors.push_back({spec.name, dtype, spec.shape, &spec, Making::kCopy, linear});
  } else {
    const float multiplier = std::fabs(as_multiplier(planned.scale));
    planned.masters = find_master_mix(planned.nonzero, spec.shape[0] * spec.shape[1], multiplier);
    plan_.tensors.push_back({spec.name, DType::kBF16, spec.shape, &spec, Making::kMasters, linear});
  }
  if (op == ScaleOp::kMultiply && planned.masters.absmean == scale) return {};
  plan_.exact_scales = true;
  lose(kNoMaster, spec.name);
  return {};
}

Status Planner::add_gguf_trits(const TensorSpec& spec, size_t linear) {
  const PlannedLinear& planned = plan_.linears[linear];
  const DType type = plan_.options.gguf_type;
  const uint64_t rows = spec.shape[0], cols = spec.shape[1];
  if (type == DType::kI2_S) {
    const Status fits = check_i2s_shape(plan_.options.layout, rows, cols);
    if (!fits) return tl::unexpected(fits.error().with_context(spec.gguf_name));
    if (plan_.options.layout != I2sLayout::kPublished) lose(kOtherLayout, spec.gguf_name);
  } else if (!dtype_bytes(type, cols)) {
    return fail(ErrorCode::kUnsupported, "{}: rows of {} are no whole blocks of 256, which {} has; {}",
                spec.gguf_name, cols, type_name(type),
                rows * cols % kT2BlockElements == 0 ? "--type i2_s would fit"
                                                    : "no GGUF type fits: choose hf-packed");
  }
  const float multiplier = as_multiplier(planned.scale);
  const float stored = type == DType::kI2_S ? multiplier : f16_to_f32(f32_to_f16(multiplier));
  const bool readable = std::fabs(stored - multiplier) <= kScaleAgreement * std::fabs(multiplier) &&
                        (type == DType::kI2_S || planned.nonzero == 0 || stored != 0.0f);
  if (!readable) {
    return fail(ErrorCode::kUnsupported,
                "{}: scale {} is outside what {} can hold: choose --type i2_s or hf-packed", spec.gguf_name,
                multiplier, type_name(type));
  }
  const bool lost_zero = type != DType::kI2_S && planned.nonzero == 0 && multiplier != 0.0f;
  if (planned.scale.op == ScaleOp::kDivide) {
    lose(kDivides, spec.gguf_name);
  } else if (stored != multiplier || lost_zero) {
    lose(kHalfScale, spec.gguf_name);
  }
  plan_.exact_scales |= planned.scale.op == ScaleOp::kDivide || stored != multiplier || lost_zero;
  plan_.tensors.push_back({spec.gguf_name, type, spec.shape, &spec, Making::kTrits, linear});
  return {};
}

/// A file says once for all its linears which way their scales apply.
Status Planner::settle_scales() {
  if (plan_.linears.empty()) {
    plan_.notes.push_back(
        "no linear of this model is ternary, so all stay dense (--linear ternary-online takes float ones for "
        "masters)");
    return {};
  }
  plan_.scale_op = plan_.linears.front().scale.op;
  if (!plan_.exact_scales && plan_.options.to != ConvertTarget::kHfPacked) return {};
  for (const PlannedLinear& linear : plan_.linears) {
    if (linear.scale.op == plan_.scale_op) continue;
    return fail(ErrorCode::kUnsupported, "{}: its scale {}, that of {} does not: one file cannot hold both",
                linear.spec->name, plan_.scale_op == ScaleOp::kDivide ? "multiplies" : "divides",
                plan_.linears.front().spec->name);
  }
  return {};
}

Status Planner::settle_config() {
  ModelConfig& config = plan_.config;
  if (gguf()) return {};
  config.scale_op = plan_.options.to == ConvertTarget::kHfPacked ? plan_.scale_op : ScaleOp::kMultiply;
  for (const std::string& module : dense_modules_) {
    if (is_dense_module(config, module)) continue;
    if (config.linear_norms) {
      return fail(ErrorCode::kUnsupported,
                  "{}: a dense linear with a norm inside has no place in config.json", module);
    }
    if (!plan_.linears.empty()) config.dense_modules.push_back(module);
  }
  if (plan_.linears.empty() && config.arch == "bitnet") lose(kSayDense, "config.json");
  return {};
}

void Planner::name_unused() {
  std::set<std::string_view> used;
  for (const TensorSpec& spec : file_.table()) {
    used.insert(file_.gguf() != nullptr ? spec.gguf_name : spec.name);
  }
  std::set<std::string> scales;
  for (const PlannedLinear& linear : plan_.linears) {
    scales.insert(file_.gguf() != nullptr ? gguf_scale_name(*linear.spec) : hf_scale_name(*linear.spec));
  }
  for (const TensorEntry& entry : file_.tensors().tensors()) {
    if (!used.contains(entry.name) && !scales.contains(entry.name)) lose(kUnusedTensor, entry.name);
  }
}

}  // namespace

uint64_t ConvertPlan::bytes() const {
  uint64_t sum = 0;
  for (const PlannedTensor& tensor : tensors) {
    uint64_t elements = 1;
    for (const uint64_t d : tensor.shape) elements *= d;
    sum += dtype_bytes(tensor.dtype, elements).value_or(0);
  }
  return sum;
}

Result<ConvertPlan> plan_conversion(const ModelFile& file, const ConvertOptions& options, ThreadPool* pool,
                                    const WriteProgress& progress) {
  return Planner(file, options, pool, progress).make();
}

Status check_lossless(const ConvertPlan& plan) {
  if (plan.losses.empty()) return {};
  const Loss& loss = plan.losses.front();
  if (loss.tensors.empty()) return fail(ErrorCode::kUnsupported, "--strict: {}", loss.reason);
  return fail(ErrorCode::kUnsupported, "--strict: {}{}: {}", loss.tensors.front(),
              loss.tensors.size() > 1 ? fmt::format(" (and {} more)", loss.tensors.size() - 1) : "",
              loss.reason);
}

}  // namespace tern
