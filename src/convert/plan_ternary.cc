// Ternary linears of a plan: what holds their trits, and where their scales go.
#include <cmath>

#include "convert/planner.h"
#include "convert/trit_matrix.h"
#include "tensor/float16.h"

namespace tern {
namespace {

constexpr std::string_view kNewModel =
    "this makes a new model: masters are quantized by absmean, as training quantizes them, and their own "
    "values are "
    "left out";
constexpr std::string_view kPaddedRows =
    "rows are no multiple of 4, so that they are padded: transformers does not load that";
constexpr std::string_view kNoMaster =
    "no mix of bf16 weights has this scale as its absmean: it stands in `tern` of config.json, which other "
    "programs do not read";
constexpr std::string_view kDivides =
    "the scale divides, which GGUF cannot say: the tensor has the nearest multiplier, tern.linear_scales "
    "the scale itself";
constexpr std::string_view kHalfScale =
    "the block scale is a float16: the tensor has the nearest one, tern.linear_scales the scale itself";
constexpr std::string_view kOtherLayout =
    "the I2_S layout is not the published one: other readers, and Tern without --i2s-layout, take it for "
    "garbage";

std::string_view type_name(DType dtype) {
  return dtype_info(dtype).name;
}

}  // namespace

Status Planner::add_ternary(const TensorSpec& spec, LinearKind kind) {
  TERN_ASSIGN(const TritFacts facts, read_trit_facts(file_, spec, pool_));
  const size_t linear = plan_.linears.size();
  plan_.linears.push_back({&spec, facts.scale, facts.nonzero, {}});
  read_ += file_.find(spec)->bytes.size();
  if (progress_) progress_(read_, to_read_);
  if (plan_.options.to == ConvertTarget::kHfMasters) return add_masters(spec, kind, linear);
  if (kind == LinearKind::kTernaryOnline && !plan_.options.masters_remain) lose(kNewModel, name_of(spec));
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
      note(fmt::format("masters stay {}, as they are", type_name(dtype)), spec.name);
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
        {"no linear of this model is ternary: all stay dense (--linear ternary-online makes trits of them)",
         {}});
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

}  // namespace tern
