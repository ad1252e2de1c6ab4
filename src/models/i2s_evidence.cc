// All layouts hold the same codes, so no histogram tells them apart; nor do sums of rows and columns where
// rows are whole blocks, because then a wrong reading only permutes columns. What tells is that some order is
// known: the norm before a matrix, the rows of the matrix that makes its input, and the rows of one that adds
// to the same stream. Where training left a trace (a neuron that is strong on its way in is strong on its way
// out), a matrix's columns in the right order match these, and in a wrong order they do not. Files of random
// trits have no trace.
#include "models/i2s_evidence.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "models/paired_ranks.h"
#include "models/parallel.h"
#include "models/weights.h"

namespace tern {
namespace {

/// Columns of `matrix` go with the items of `known`: a norm's weights, or the rows of another matrix.
struct Pair {
  const char *known, *matrix;
};

constexpr Pair kPairs[] = {
    {"input_layernorm", "self_attn.q_proj"},     {"input_layernorm", "self_attn.k_proj"},
    {"input_layernorm", "self_attn.v_proj"},     {"self_attn.attn_sub_norm", "self_attn.o_proj"},
    {"self_attn.v_proj", "self_attn.o_proj"},    {"post_attention_layernorm", "mlp.gate_proj"},
    {"post_attention_layernorm", "mlp.up_proj"}, {"mlp.ffn_sub_norm", "mlp.down_proj"},
    {"mlp.gate_proj", "mlp.down_proj"},          {"mlp.up_proj", "mlp.down_proj"},
    {"self_attn.o_proj", "mlp.gate_proj"},       {"mlp.down_proj", "mlp.up_proj"},
};

/// Weights that are not 0, as shares of a row and of a column.
struct Density {
  std::vector<double> rows, columns;
};

struct Matrix {
  std::string name;  ///< as in kPairs
  const TensorEntry* entry;
  Density density;
};

struct Layer {
  std::map<std::string, std::vector<double>> norms;  ///< |weights|
  std::vector<Matrix> matrices;
};

Result<Layer> find_layer(const ModelFile& file, int64_t index) {
  Layer layer;
  const std::string prefix = fmt::format("model.layers.{}.", index);
  for (const TensorSpec& spec : file.table()) {
    if (!spec.name.starts_with(prefix)) continue;
    std::string name(module_of(spec.name).substr(prefix.size()));
    const TensorEntry* entry = file.find(spec);
    if (spec.role == TensorRole::kLinear && entry->dtype == DType::kI2_S) {
      layer.matrices.push_back({std::move(name), entry, {}});
    } else if (spec.role == TensorRole::kNorm) {
      TERN_ASSIGN(const Norm norm, load_norm(file, spec, 0));
      std::vector<double>& weights = layer.norms[name];
      for (const float w : norm.weight.span()) weights.push_back(std::fabs(static_cast<double>(w)));
    }
  }
  return layer;
}

Status measure(Matrix& matrix, I2sLayout layout) {
  const TensorEntry& entry = *matrix.entry;
  const uint64_t rows = entry.shape[0], cols = entry.shape[1];
  std::vector<int8_t> trits(rows * cols);
  float scale = 0;
  const Status decoded = decode_i2s(entry.bytes, rows, cols, layout, trits.data(), &scale);
  if (!decoded) return tl::unexpected(decoded.error().with_context(entry.name));
  std::vector<uint32_t> in_column(cols);
  matrix.density = {};
  for (uint64_t r = 0; r < rows; ++r) {
    uint32_t in_row = 0;
    for (uint64_t c = 0; c < cols; ++c) {
      const uint32_t set = trits[r * cols + c] != 0;
      in_row += set;
      in_column[c] += set;
    }
    matrix.density.rows.push_back(in_row);
  }
  matrix.density.columns.assign(in_column.begin(), in_column.end());
  return {};
}

/// The strongest pairing in a layer that has been measured.
double strongest_pairing(const Layer& layer) {
  std::map<std::string, std::span<const double>> known, columns;
  for (const auto& [name, weights] : layer.norms) known[name] = weights;
  for (const Matrix& matrix : layer.matrices) {
    known[matrix.name] = matrix.density.rows;
    columns[matrix.name] = matrix.density.columns;
  }
  double strongest = 0;
  for (const Pair& pair : kPairs) {
    const auto a = known.find(pair.known), b = columns.find(pair.matrix);
    // With fewer heads of values than of queries, rows of v and columns of o are not one to one.
    if (a == known.end() || b == columns.end() || a->second.size() != b->second.size()) continue;
    strongest = std::max(strongest, std::fabs(paired_ranks(a->second, b->second)));
  }
  return strongest;
}

bool holds(const Layer& layer, I2sLayout layout) {
  return std::all_of(layer.matrices.begin(), layer.matrices.end(), [&](const Matrix& matrix) {
    return i2s_layout_fits(layout, matrix.entry->shape[0], matrix.entry->shape[1]);
  });
}

/// Adds to every reading of `evidence` what the layer says of it.
Status read_layer(Layer& layer, ThreadPool* pool, I2sEvidence& evidence) {
  for (I2sEvidence::Reading& reading : evidence.readings) {
    TERN_TRY(parallel_rows(pool, layer.matrices.size(), 1, [&](size_t begin, size_t end) -> Status {
      for (size_t i = begin; i < end; ++i) TERN_TRY(measure(layer.matrices[i], reading.layout));
      return {};
    }));
    reading.pairing = std::max(reading.pairing, strongest_pairing(layer));
  }
  return {};
}

std::optional<I2sLayout> fitting(const std::vector<I2sEvidence::Reading>& readings) {
  double best = 0, second = 0;
  std::optional<I2sLayout> layout;
  for (const I2sEvidence::Reading& reading : readings) {
    if (reading.pairing > best) {
      second = best;
      best = reading.pairing;
      layout = reading.layout;
    } else {
      second = std::max(second, reading.pairing);
    }
  }
  return best >= kLeastPairing && best >= 2 * second ? layout : std::nullopt;
}

}  // namespace

Result<std::optional<I2sEvidence>> i2s_evidence(const ModelFile& file, ThreadPool* pool) {
  const int64_t layers = file.config().layers;
  std::vector<Layer> sample;
  for (const int64_t index : {layers / 3, 2 * layers / 3}) {
    if (!sample.empty() && index == layers / 3) break;  // the only layer
    TERN_ASSIGN(Layer layer, find_layer(file, index));
    if (!layer.matrices.empty()) sample.push_back(std::move(layer));
  }
  if (sample.empty()) return std::nullopt;
  I2sEvidence evidence;
  for (const I2sLayout layout : kI2sLayouts) {
    const bool all =
        std::all_of(sample.begin(), sample.end(), [&](const Layer& layer) { return holds(layer, layout); });
    if (all) evidence.readings.push_back({layout, 0});
  }
  for (Layer& layer : sample) TERN_TRY(read_layer(layer, pool, evidence));
  evidence.fits = fitting(evidence.readings);
  return evidence;
}

}  // namespace tern
