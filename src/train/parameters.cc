#include "train/parameters.h"

#include <algorithm>

#include "base/check.h"
#include "base/seeded_random.h"

namespace tern::train {
namespace {

constexpr int64_t kAlignment = 16;  // floats

std::vector<int64_t> sizes_of(const TensorSpec& spec) {
  return {spec.shape.begin(), spec.shape.end()};
}

}  // namespace

at::Tensor Parameter::slice(const at::Tensor& flat) const {
  return flat.narrow(0, offset, size).view(sizes_of(spec));
}

Parameters::Parameters(const std::vector<TensorSpec>& table, at::Device device, bool frozen) {
  int64_t end = 0;
  for (const TensorSpec& spec : table) {
    Parameter& parameter = all_.emplace_back();
    parameter.spec = spec;
    parameter.size = 1;
    for (const uint64_t extent : spec.shape) parameter.size *= static_cast<int64_t>(extent);
  }
  for (const bool decays : {true, false}) {
    for (Parameter& parameter : all_) {
      if ((parameter.spec.role == TensorRole::kLinear) != decays) continue;
      parameter.offset = end;
      end += (parameter.size + kAlignment - 1) / kAlignment * kAlignment;
    }
    if (decays) decayed_ = end;
  }
  const auto options = at::TensorOptions(at::kFloat).device(device);
  masters_ = at::zeros({end}, options);
  values_ = frozen ? masters_ : at::zeros({end}, options);
  if (!frozen) grads_ = at::zeros({end}, options);
  for (Parameter& parameter : all_) {
    parameter.value = parameter.slice(values_).detach().set_requires_grad(!frozen);
    if (frozen) continue;
    parameter.value.mutable_grad() = parameter.slice(grads_).detach();
  }
}

int64_t Parameters::count() const {
  int64_t sum = 0;
  for (const Parameter& parameter : all_) sum += parameter.size;
  return sum;
}

const Parameter& Parameters::at(std::string_view name) const {
  const auto found =
      std::find_if(all_.begin(), all_.end(), [&](const Parameter& p) { return p.spec.name == name; });
  TERN_CHECK(found != all_.end());
  return *found;
}

void Parameters::initialize(uint64_t seed, float std) {
  const at::NoGradGuard no_grad;
  const at::Tensor filled = at::zeros({size()}, at::kFloat);
  uint64_t stream = 0;
  for (const Parameter& parameter : all_) {
    float* const data = filled.data_ptr<float>() + parameter.offset;
    SeededRandom random(seed, stream++);
    if (parameter.spec.role == TensorRole::kNorm) {
      std::fill_n(data, parameter.size, 1.0f);
    } else {
      for (int64_t i = 0; i < parameter.size; ++i) data[i] = random.normal() * std;
    }
  }
  masters_.copy_(filled);
  refresh();
}

void Parameters::refresh() {
  const at::NoGradGuard no_grad;
  values_.copy_(masters_.to(at::kBFloat16));
}

}  // namespace tern::train
