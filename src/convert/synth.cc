#include "convert/synth.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "base/seeded_random.h"
#include "convert/gguf_tokenizer.h"
#include "io/gguf.h"
#include "models/arch.h"
#include "models/export_config.h"
#include "quant/blocks.h"
#include "ternary/packing.h"
#include "tokenizer/chat_template.h"

namespace tern {
namespace {

struct Shape {
  std::string_view name;
  int64_t hidden, layers, heads, kv_heads, head_dim, ffn, vocab, max_positions;
};
// 2b4t: the BitNet b1.58 2B4T report; 700m and 3b: "The Era of 1-bit LLMs: Training Tips, Code and FAQ"
// (vocabulary of LLaMA 2). The hidden
// size is a multiple of 128, so that the constant coordinates are whole I2_S blocks of each gate row.
constexpr Shape kShapes[] = {
    {"2b4t", 2560, 30, 20, 5, 128, 6912, 128256, 4096},
    {"700m", 1536, 24, 24, 24, 64, 4096, 32000, 2048},
    {"3b", 3200, 26, 32, 32, 100, 8640, 32000, 2048},
    {"tiny", 512, 4, 8, 2, 64, 1024, 512, 512},
};

// The first 128 coordinates of every embedding hold one constant: a gate row with trits -1 there has a
// negative shift.
constexpr int64_t kConstantDims = 128;
// What all blocks together add to the residual stream, as variance relative to the embedding's.
constexpr double kResidualVariance = 0.5;
// Embeddings form chains: next = kChain * (signs * previous) + noise, and the final norm's weights are those
// signs. So the head's best row is a neighbour in the chain, never the token itself, at cosine kChain /
// sqrt(1 + kResidualVariance).
constexpr float kChain = 0.45f;
constexpr int64_t kChainLength = 16;
// A uniform trit is non-zero in two of three cases.
constexpr double kDensity = 2.0 / 3.0;
constexpr std::string_view kEndOfTurn = "<|eot_id|>";

/// z with P(N(0,1) < z) = p, by bisection: p comes from a flag, speed is no matter.
double normal_quantile(double p) {
  double low = -8, high = 8;
  for (int i = 0; i < 80; ++i) {
    const double middle = 0.5 * (low + high);
    (0.5 * std::erfc(-middle / std::sqrt(2.0)) < p ? low : high) = middle;
  }
  return low;
}

/// Deviation of a gate row's random part, before its scale, when the other coordinates have unit variance.
double gate_deviation(const ModelConfig& config) {
  return std::sqrt(kDensity * static_cast<double>(config.hidden - kConstantDims));
}

/// The constant's size: all 128 trits at -1 close 99% of the gates even in the last layer (2.33 deviations,
/// grown by the residual's sqrt(1.5)).
float constant_of(const ModelConfig& config) {
  return static_cast<float>(gate_deviation(config) / 45.0);
}

float sign_of(uint64_t seed, int64_t dim) {
  if (dim < kConstantDims) return 1.0f;
  return (SeededRandom(seed, 0x51000000ull + static_cast<uint64_t>(dim)).next() & 1) != 0 ? 1.0f : -1.0f;
}

/// Random trits, already packed as published I2_S: any byte of four codes 0..2, 81 in all.
class TritStream {
 public:
  TritStream() {
    for (int i = 0; i < 81; ++i)
      bytes_[i] = static_cast<uint8_t>((i % 3) | (i / 3 % 3) << 2 | (i / 9 % 3) << 4 | (i / 27) << 6);
  }
  void fill(SeededRandom& random, uint8_t* out, size_t n) const {
    for (size_t i = 0; i < n; i += 4) {
      const uint64_t r = random.next();
      for (size_t j = 0; j < std::min<size_t>(4, n - i); ++j)
        out[i + j] = bytes_[((r >> (16 * j)) & 0xffff) * 81 >> 16];
    }
  }

 private:
  std::array<uint8_t, 81> bytes_{};
};

/// Trits of a gate row over the constant coordinates: `shift` of them -1 (or +1 for a negative shift), the
/// rest 0.
void write_gate_shift(SeededRandom& random, int64_t shift, uint8_t* row) {
  std::array<int8_t, kConstantDims> trits{};
  const auto count = static_cast<size_t>(std::min<int64_t>(std::abs(shift), kConstantDims));
  for (size_t placed = 0; placed < count;) {
    int8_t& trit = trits[random.next() % kConstantDims];
    if (trit != 0) continue;
    trit = shift > 0 ? -1 : 1;
    ++placed;
  }
  encode_t2_row(trits.data(), kConstantDims, row);
}

Status produce_linear(const GgufWriter::Sink& sink, const TensorSpec& spec, uint64_t stream, uint64_t seed,
                      std::optional<int64_t> gate_shift) {
  const uint64_t rows = spec.shape[0], cols = spec.shape[1];
  const TritStream trits;
  SeededRandom random(seed, stream);
  std::vector<uint8_t> row(cols / 4);  // blocks may run over a row's end: the trits are random anyway
  for (uint64_t r = 0; r < rows; ++r) {
    trits.fill(random, row.data(), row.size());
    if (gate_shift) write_gate_shift(random, *gate_shift, row.data());
    TERN_TRY(sink(row));
  }
  // The scale that keeps unit variance through the matrix, then the trailer of published I2_S.
  const auto scale = static_cast<float>(1.0 / std::sqrt(kDensity * static_cast<double>(cols)));
  std::array<uint8_t, kI2sTrailerBytes> trailer{};
  std::memcpy(trailer.data(), &scale, sizeof scale);
  return sink(trailer);
}

Status produce_embedding(const GgufWriter::Sink& sink, const ModelConfig& config, DType dtype,
                         uint64_t seed) {
  const int64_t hidden = config.hidden;
  const int64_t chains = (config.vocab + kChainLength - 1) / kChainLength;
  std::vector<float> signs(static_cast<size_t>(hidden));
  for (int64_t d = 0; d < hidden; ++d) signs[static_cast<size_t>(d)] = sign_of(seed, d);
  SeededRandom random(seed, 0xE0000000ull);
  std::vector<float> state(static_cast<size_t>(chains * hidden));  // the last row of every chain
  std::vector<uint8_t> bytes(*dtype_bytes(dtype, static_cast<uint64_t>(hidden)));
  const float constant = constant_of(config);
  const float fresh = std::sqrt(1.0f - kChain * kChain);
  for (int64_t v = 0; v < config.vocab; ++v) {
    // Row v is link v / chains of chain v % chains, so neighbours in a chain are far apart in the vocabulary.
    float* row = state.data() + (v % chains) * hidden;
    const bool first = v < chains;
    for (int64_t d = 0; d < hidden; ++d) {
      const float noise = random.normal();
      row[d] = d < kConstantDims ? constant
               : first           ? noise
                                 : kChain * signs[static_cast<size_t>(d)] * row[d] + fresh * noise;
    }
    TERN_TRY(quantize(dtype, row, static_cast<uint64_t>(hidden), bytes.data()));
    TERN_TRY(sink(bytes));
  }
  return {};
}

Status produce_norm(const GgufWriter::Sink& sink, const TensorSpec& spec, const ModelConfig& config,
                    uint64_t seed) {
  std::vector<float> weights(spec.shape[0], 1.0f);
  if (spec.name == "model.norm.weight") {
    for (size_t d = 0; d < weights.size(); ++d) weights[d] = sign_of(seed, static_cast<int64_t>(d));
  } else if (spec.name.ends_with("sub_norm.weight")) {
    // Each of 2L blocks adds this much, so that together they add kResidualVariance.
    const double each = std::sqrt(kResidualVariance / (2.0 * static_cast<double>(config.layers)));
    std::fill(weights.begin(), weights.end(), static_cast<float>(each));
  }
  return sink({reinterpret_cast<const uint8_t*>(weights.data()), weights.size() * sizeof(float)});
}

/// How many trits -1 a gate row of `layer` has over the constant coordinates: mean shift / deviation = the
/// quantile.
int64_t gate_shift(const ModelConfig& config, int64_t layer, double sparsity) {
  const double grown =
      std::sqrt(1.0 + kResidualVariance * static_cast<double>(layer) / static_cast<double>(config.layers));
  return std::llround(normal_quantile(sparsity) * gate_deviation(config) * grown / constant_of(config));
}

/// Single bytes, then fillers that no text gives.
TokenizerSpec filler_tokenizer(int64_t size) {
  TokenizerSpec spec;
  for (int b = 0; b < 256; ++b) spec.tokens.emplace_back(1, static_cast<char>(b));
  for (int64_t i = 256; i < size; ++i) spec.tokens.push_back(fmt::format("[{}]", i));
  spec.kinds.assign(static_cast<size_t>(size), TokenKind::kNormal);
  spec.ignore_merges = true;
  spec.add_bos = true;
  // LLaMA 3's places where the vocabulary reaches them, the last three ids otherwise.
  spec.bos = static_cast<int32_t>(size > 128009 ? 128000 : size - 3);
  spec.eos = spec.bos + 1;
  const int64_t end_of_turn = size > 128009 ? 128009 : size - 1;
  const std::pair<int64_t, std::string_view> specials[] = {
      {spec.bos, "<|begin_of_text|>"}, {spec.eos, "<|end_of_text|>"}, {end_of_turn, kEndOfTurn}};
  for (const auto& [id, text] : specials) {
    spec.tokens[static_cast<size_t>(id)] = text;
    spec.kinds[static_cast<size_t>(id)] = TokenKind::kSpecial;
  }
  return spec;
}

/// The id of the end-of-turn token, -1 when there is none.
int32_t end_of_turn(const TokenizerSpec& spec) {
  for (size_t i = 0; i < spec.tokens.size(); ++i) {
    if (spec.kinds[i] == TokenKind::kSpecial && spec.tokens[i] == kEndOfTurn) return static_cast<int32_t>(i);
  }
  return -1;
}

Status add_metadata(GgufWriter& writer, ModelConfig config, const SynthOptions& options) {
  constexpr uint32_t kFileTypeI2s = 40;  // general.file_type in published files
  const TokenizerSpec spec = options.tokenizer ? *options.tokenizer : filler_tokenizer(config.vocab);
  config.bos = spec.bos;
  for (const int32_t id : {spec.eos, end_of_turn(spec)}) {
    if (id >= 0) config.eos.push_back(id);
  }
  TERN_TRY(add_gguf_config(writer, config, config.source_arch,
                           fmt::format("tern synthetic {} seed {}", options.shape, options.seed),
                           kFileTypeI2s));
  return add_gguf_tokenizer(writer, spec, kBitnetChatTemplate, config.eos, config.vocab);
}

}  // namespace

std::vector<std::string_view> synth_shapes() {
  std::vector<std::string_view> names;
  for (const Shape& shape : kShapes) names.push_back(shape.name);
  return names;
}

Result<ModelConfig> synth_config(const SynthOptions& options) {
  const auto* shape = std::find_if(std::begin(kShapes), std::end(kShapes),
                                   [&](const Shape& s) { return s.name == options.shape; });
  if (shape == std::end(kShapes)) {
    return fail(ErrorCode::kInvalidArgument, "shape '{}': unknown; there are {}", options.shape,
                fmt::join(synth_shapes(), ", "));
  }
  if (!(options.gate_sparsity >= 0.05 && options.gate_sparsity <= 0.99)) {
    return fail(ErrorCode::kInvalidArgument, "gate sparsity {}: must be between 0.05 and 0.99",
                options.gate_sparsity);
  }
  if (options.head != DType::kF16 && options.head != DType::kQ8_0 && options.head != DType::kQ6_K) {
    return fail(ErrorCode::kInvalidArgument, "head {}: must be f16, q8_0 or q6_k",
                dtype_info(options.head).name);
  }
  ModelConfig config;
  config.arch = "bitnet";
  config.source_arch = "bitnet-b1.58";
  config.hidden = shape->hidden;
  config.layers = shape->layers;
  config.heads = shape->heads;
  config.kv_heads = shape->kv_heads;
  config.head_dim = shape->head_dim;
  config.ffn = shape->ffn;
  config.vocab = shape->vocab;
  config.max_positions = shape->max_positions;
  config.rope_theta = 500000.0;
  config.tied_head = true;
  config.sub_norms = true;
  config.activation = Activation::kRelu2;
  config.linear = LinearKind::kTernaryStored;
  if (options.tokenizer) config.vocab = static_cast<int64_t>(options.tokenizer->tokens.size());
  if (!dtype_bytes(options.head, static_cast<uint64_t>(config.hidden))) {
    return fail(ErrorCode::kInvalidArgument,
                "head {}: rows of {} are no whole number of blocks; take f16 or q8_0",
                dtype_info(options.head).name, config.hidden);
  }
  return config;
}

Status write_synthetic_model(const std::string& path, const SynthOptions& options, IfThere if_there,
                             const std::function<void(uint64_t done, uint64_t total)>& progress) {
  TERN_ASSIGN(const ModelConfig config, synth_config(options));
  GgufWriter writer;
  TERN_TRY(add_metadata(writer, config, options));
  uint64_t stream = 0;
  TERN_ASSIGN(const ArchInfo* arch, arch_by_name(config.arch));
  for (const TensorSpec& spec : arch->tensor_table(config)) {
    ++stream;
    if (spec.role == TensorRole::kEmbedding) {
      writer.add_tensor(spec.gguf_name, options.head, spec.shape,
                        [&config, &options](const GgufWriter::Sink& sink) {
                          return produce_embedding(sink, config, options.head, options.seed);
                        });
    } else if (spec.role == TensorRole::kNorm) {
      writer.add_tensor(spec.gguf_name, DType::kF32, spec.shape,
                        [spec, &config, &options](const GgufWriter::Sink& sink) {
                          return produce_norm(sink, spec, config, options.seed);
                        });
    } else if (spec.role == TensorRole::kLinear) {
      std::optional<int64_t> shift;
      if (spec.gguf_name.ends_with("ffn_gate.weight")) {
        shift = gate_shift(config, std::atoll(spec.gguf_name.c_str() + std::strlen("blk.")),
                           options.gate_sparsity);
      }
      writer.add_tensor(spec.gguf_name, DType::kI2_S, spec.shape,
                        [spec, stream, shift, seed = options.seed](const GgufWriter::Sink& sink) {
                          return produce_linear(sink, spec, stream, seed, shift);
                        });
    }
  }
  return writer.write(path, progress, if_there);
}

}  // namespace tern
