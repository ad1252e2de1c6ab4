#include "engine/fingerprint.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/checksum.h"
#include "base/mmap.h"

namespace tern {
namespace {

// To be raised when a new version gives a model other bits.
constexpr int kArithmetic = 1;
constexpr size_t kSlice = size_t{4} << 20;  // bytes that one thread sums up; part of the definition

template <typename Number>
void add_number(Checksum& checksum, Number number) {
  checksum.add(std::span(reinterpret_cast<const uint8_t*>(&number), sizeof number));
}

/// What is not in the tensors' bytes.
std::string meaning(const ModelFile& file, const LoadOptions& options) {
  std::string text = fmt::format("{} {} {} {}", kArithmetic, config_meaning(file.config()),
                                 static_cast<int>(file.i2s_layout()), options.dense_act_f32);
  for (const TensorSpec& spec : file.table()) {
    if (spec.role != TensorRole::kLinear && spec.role != TensorRole::kHead) continue;
    text += fmt::format("\n{} {} {:a} {:a}", spec.name, static_cast<int>(file.linear_kind(spec)),
                        file.exact_scale(spec).value_or(0), file.exact_absmean(spec).value_or(0));
  }
  return text;
}

void add_tensor(Checksum& checksum, const TensorEntry& entry, ThreadPool* pool) {
  checksum.add(
      fmt::format("\n{} {} {}\n", entry.name, static_cast<int>(entry.dtype), fmt::join(entry.shape, ",")));
  std::vector<uint64_t> sums((entry.bytes.size() + kSlice - 1) / kSlice);
  pool->parallel_for(sums.size(), 1, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      Checksum slice;
      slice.add(entry.bytes.subspan(i * kSlice, std::min(kSlice, entry.bytes.size() - i * kSlice)));
      sums[i] = slice.value();
    }
  });
  for (const uint64_t sum : sums) add_number(checksum, sum);
  release_pages(entry.bytes);
}

}  // namespace

std::string config_meaning(const ModelConfig& config) {
  // Every field by its name: a new one does not compile before somebody has decided whether it belongs below.
  const auto& [arch, source_arch, hidden, layers, heads, kv_heads, head_dim, ffn, vocab, max_positions,
               rope_theta, rope_factor, window, windowed_layers, window_rope_theta, attention_scale,
               embedding_scale, residual_scale, logit_divisor, rms_eps, tied_head, sub_norms, linear_norms,
               linear_norm_eps, qkv_bias, norms_less_one, activation, linear, float_linear, scale_op,
               dense_modules, llama_rope_rows, bos, eos] = config;
  std::string text = fmt::format("{} {} {} {} {} {} {} {} {:a} {:a} {} {} {:a}", arch, hidden, layers, heads,
                                 kv_heads, head_dim, ffn, vocab, rope_theta, rope_factor, window,
                                 fmt::join(windowed_layers, ","), window_rope_theta);
  text +=
      fmt::format(" {:a} {:a} {:a} {:a} {:a} {} {} {} {:a}", attention_scale, embedding_scale, residual_scale,
                  logit_divisor, rms_eps, tied_head, sub_norms, linear_norms, linear_norm_eps);
  text += fmt::format(" {} {} {} {} {} {}", qkv_bias, norms_less_one, static_cast<int>(activation),
                      static_cast<int>(scale_op), fmt::join(dense_modules, ","), llama_rope_rows);
  return text;
}

uint64_t model_fingerprint(const ModelFile& file, const LoadOptions& options, ThreadPool* pool) {
  Checksum checksum;
  checksum.add(meaning(file, options));
  for (const TensorEntry& entry : file.tensors().tensors()) add_tensor(checksum, entry, pool);
  return checksum.value();
}

}  // namespace tern
