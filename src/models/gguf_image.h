#pragma once
// Tests only: a GGUF file in parts, each of which can be wrong while all others are written as they should
// be.
#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "io/gguf.h"

namespace tern::testing {

struct GgufImage {
  struct Entry {
    std::string key;
    uint32_t type = 0;                 ///< of the value, or of an array's items
    std::vector<std::string> items{};  ///< one, or an array's: a number's bytes or a text
    bool is_array = false;
    std::optional<uint64_t> key_length{}, count{}, item_length{};  ///< what is claimed, when it is not so
  };
  struct Tensor {
    std::string name;
    std::vector<uint64_t> dims;  ///< innermost first
    uint32_t type = 0;
    std::string data{};
    std::optional<uint64_t> name_length{};
    uint64_t offset_shift = 0;
    std::optional<uint32_t> n_dims{};
  };
  std::string magic = "GGUF";
  uint32_t version = 3;
  std::vector<Entry> metadata;
  std::vector<Tensor> tensors;
  std::optional<uint64_t> tensor_count, metadata_count;
  uint64_t alignment = 32;
  std::optional<size_t> flipped_byte;  ///< position, counted round
  std::optional<size_t> cut_at;        ///< index of a border between structures, or beyond for the last

  Entry* find(std::string_view key) {
    for (Entry& entry : metadata) {
      if (entry.key == key) return &entry;
    }
    return nullptr;
  }
  std::string serialize() const;
};

template <typename T>
std::string number_bytes(T value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

constexpr uint32_t gguf_type(GgufType type) {
  return static_cast<uint32_t>(type);
}

/// Bytes of a number of this type; 0 for texts, arrays and types that do not exist.
inline size_t gguf_number_size(uint32_t type) {
  constexpr size_t kSizes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
  return type < std::size(kSizes) ? kSizes[type] : 0;
}

inline std::string GgufImage::serialize() const {
  std::string out = magic + number_bytes(version) +
                    number_bytes<uint64_t>(tensor_count.value_or(tensors.size())) +
                    number_bytes<uint64_t>(metadata_count.value_or(metadata.size()));
  std::vector<size_t> borders = {0, 4, 8, 16, out.size()};
  const auto text = [&](const std::string& value, const std::optional<uint64_t>& length) {
    out += number_bytes<uint64_t>(length.value_or(value.size())) + value;
  };
  for (const Entry& entry : metadata) {
    text(entry.key, entry.key_length);
    borders.push_back(out.size());
    if (entry.is_array) out += number_bytes(gguf_type(GgufType::kArray));
    out += number_bytes(entry.type);
    if (entry.is_array) out += number_bytes<uint64_t>(entry.count.value_or(entry.items.size()));
    for (size_t i = 0; i < entry.items.size(); ++i) {
      if (entry.type != gguf_type(GgufType::kString)) {
        out += entry.items[i];
      } else {
        text(entry.items[i], i + 1 == entry.items.size() ? entry.item_length : std::nullopt);
      }
    }
    borders.push_back(out.size());
  }
  uint64_t offset = 0;
  for (const Tensor& tensor : tensors) {
    text(tensor.name, tensor.name_length);
    out += number_bytes(tensor.n_dims.value_or(static_cast<uint32_t>(tensor.dims.size())));
    for (const uint64_t dim : tensor.dims) out += number_bytes(dim);
    borders.push_back(out.size());
    out += number_bytes(tensor.type) + number_bytes(offset + tensor.offset_shift);
    offset = (offset + tensor.data.size() + alignment - 1) / alignment * alignment;
    borders.push_back(out.size());
  }
  const auto pad = [&] { out.resize((out.size() + alignment - 1) / alignment * alignment); };
  pad();
  for (const Tensor& tensor : tensors) {
    out += tensor.data;
    borders.push_back(out.size());
    pad();
  }
  if (flipped_byte) out[*flipped_byte % out.size()] ^= static_cast<char>(1 + *flipped_byte % 255);
  if (cut_at) out.resize(borders[std::min(*cut_at, borders.size() - 1)]);
  return out;
}

}  // namespace tern::testing
