// What the output will hold, tensor by tensor, and what it cannot.
#include <algorithm>
#include <set>

#include "base/checked_math.h"
#include "base/interrupt.h"
#include "convert/dense_stream.h"
#include "convert/metadata.h"
#include "convert/planner.h"
#include "models/arch.h"

namespace tern {
namespace {

constexpr std::string_view kUnusedTensor = "not part of the model, left out";
constexpr std::string_view kSayDense = "dense in a bitnet model: to open it, say --linear dense";

bool is_float(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF16 || dtype == DType::kBF16;
}

std::string_view type_name(DType dtype) {
  return dtype_info(dtype).name;
}

}  // namespace

Result<ConvertPlan> Planner::make() {
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

void Planner::remark(std::vector<Remark>& remarks, std::string_view text, const std::string& tensor) {
  const auto known =
      std::find_if(remarks.begin(), remarks.end(), [&](const Remark& remark) { return remark.text == text; });
  if (known != remarks.end()) {
    known->tensors.push_back(tensor);
  } else {
    remarks.push_back({std::string(text), {tensor}});
  }
}

Status Planner::check_options() {
  // The config writers know the fields of these two.
  if (plan_.config.arch != "bitnet" && plan_.config.arch != "llama") {
    return fail(ErrorCode::kUnsupported,
                "{}: {} models are read, but not written: only bitnet and llama are converted", file_.path(),
                plan_.config.arch);
  }
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
    lose(fmt::format(
             "safetensors has no {}: decoded to F32, the same weights, which no longer meet int8 activations",
             type_name(from)),
         spec.name);
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
  if (to == from) return {};
  // Whatever cannot be recoded shall come out now, when nothing is written yet.
  return stream_dense(file_, spec, to, RowOrder(0), pool_, [](std::span<const uint8_t>) { return Status(); });
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

uint64_t ConvertPlan::bytes() const {
  uint64_t sum = 0;
  for (const PlannedTensor& tensor : tensors) {
    sum += dtype_bytes(tensor.dtype, checked_product(tensor.shape).value_or(0)).value_or(0);
  }
  return sum;
}

Result<ConvertPlan> plan_conversion(const ModelFile& file, const ConvertOptions& options, ThreadPool* pool,
                                    const WriteProgress& progress) {
  return Planner(file, options, pool, progress).make();
}

Status check_lossless(const ConvertPlan& plan) {
  if (plan.losses.empty()) return {};
  const Remark& loss = plan.losses.front();
  if (loss.tensors.empty()) return fail(ErrorCode::kUnsupported, "--strict: {}", loss.text);
  return fail(ErrorCode::kUnsupported, "--strict: {}{}: {}", loss.tensors.front(),
              loss.tensors.size() > 1 ? fmt::format(" (and {} more)", loss.tensors.size() - 1) : "",
              loss.text);
}

}  // namespace tern
