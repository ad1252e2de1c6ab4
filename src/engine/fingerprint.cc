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
  const ModelConfig& c = file.config();
  std::string text = fmt::format(
      "{} {} {} {} {} {} {} {} {} {:a} {:a} {} {} {} {:a} {} {} {} {} {} {}", kArithmetic, c.arch, c.hidden,
      c.layers, c.heads, c.kv_heads, c.head_dim, c.ffn, c.vocab, c.rope_theta, c.rms_eps, c.tied_head,
      c.sub_norms, c.linear_norms, c.linear_norm_eps, static_cast<int>(c.activation),
      static_cast<int>(c.scale_op), fmt::join(c.dense_modules, ","), c.llama_rope_rows,
      static_cast<int>(file.i2s_layout()), options.dense_act_f32);
  text += fmt::format(" {:a} {} {} {:a} {:a} {:a} {:a} {:a} {} {}", c.rope_factor, c.window,
                      fmt::join(c.windowed_layers, ","), c.window_rope_theta, c.attention_scale,
                      c.embedding_scale, c.residual_scale, c.logit_divisor, c.qkv_bias, c.norms_less_one);
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

uint64_t model_fingerprint(const ModelFile& file, const LoadOptions& options, ThreadPool* pool) {
  Checksum checksum;
  checksum.add(meaning(file, options));
  for (const TensorEntry& entry : file.tensors().tensors()) add_tensor(checksum, entry, pool);
  return checksum.value();
}

}  // namespace tern
