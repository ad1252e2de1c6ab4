// GGUF files broken in their structure: what opens is loaded and run.
#include <gtest/gtest.h>

#include "base/memory_file.h"
#include "base/mutation.h"
#include "convert/try_commands.h"
#include "models/gguf_seeds.h"

namespace tern {
namespace {

using testing::Expect;
using testing::gguf_number_size;
using testing::gguf_type;
using testing::GgufImage;
using testing::number_bytes;
using testing::Random;

GgufImage::Entry& any_entry(GgufImage& image, Random& random, bool (*fits)(const GgufImage::Entry&)) {
  std::vector<GgufImage::Entry*> found;
  for (GgufImage::Entry& entry : image.metadata) {
    if (fits(entry)) found.push_back(&entry);
  }
  return found.empty() ? random.pick(image.metadata) : *random.pick(found);
}
bool is_number(const GgufImage::Entry& entry) {
  return !entry.is_array && gguf_number_size(entry.type) > 0;
}
bool is_text(const GgufImage::Entry& entry) {
  return !entry.is_array && entry.type == gguf_type(GgufType::kString);
}
bool is_array(const GgufImage::Entry& entry) {
  return entry.is_array;
}

std::string a_text(Random& random, const std::string& current) {
  static const std::string kTexts[] = {"",     "llama",    "relu2", "silu", "divide",
                                       "gpt2", "\xff\xfe", "{{",    "h e",  " "};
  switch (random.below(4)) {
    case 0:
      return std::string(random.border(8) % 70000, 'x');
    case 1:
      return random.bytes(random.below(40));
    case 2:
      return current + (random.chance(2) ? "x" : std::string(1, '\0'));
    default:
      return random.pick(kTexts);
  }
}

void change_number(GgufImage& image, Random& random) {
  GgufImage::Entry& entry = any_entry(image, random, is_number);
  if (!is_number(entry)) return;
  uint64_t value = 0;
  std::memcpy(&value, entry.items[0].data(), std::min(sizeof value, entry.items[0].size()));
  static constexpr float kFloats[] = {0.0f, -1.0f, 1e-45f, 3e38f, INFINITY, -INFINITY, NAN, 1e-6f};
  if (entry.type == gguf_type(GgufType::kF32) && random.chance(2)) {
    entry.items[0] = number_bytes(random.pick(kFloats));
  } else {
    entry.items[0] = number_bytes(random.border(value)).substr(0, entry.items[0].size());
  }
}

void change_tensor_data(GgufImage& image, Random& random) {
  std::string& data = random.pick(image.tensors).data;
  if (data.empty()) return;
  static const std::string kPatterns[] = {number_bytes(NAN),       number_bytes(INFINITY),
                                          number_bytes(-INFINITY), std::string(4, '\xff'),
                                          std::string(4, '\0'),    number_bytes(1e-45f)};
  const std::string& pattern = random.pick(kPatterns);
  const size_t at = random.chance(2)
                        ? data.size() - std::min(data.size(), size_t{random.chance(2) ? 32u : 2u})
                        : random.below(data.size());
  for (size_t i = 0; i < pattern.size() && at + i < data.size(); ++i) data[at + i] = pattern[i];
}

/// The configuration of another model, which may be impossible, and tensors as it asks for.
void change_shape_everywhere(GgufImage& image, Random& random) {
  ModelConfig config = testing::tiny_config(random.chance(2) ? "bitnet" : "llama");
  config.layers = static_cast<int64_t>(1 + random.below(3));
  config.kv_heads = static_cast<int64_t>(1 + random.below(3));
  config.heads = config.kv_heads * static_cast<int64_t>(1 + random.below(3));
  config.head_dim = static_cast<int64_t>(16 * random.below(4));
  config.hidden = config.heads * config.head_dim;
  config.ffn = static_cast<int64_t>(random.chance(2) ? 32 * random.below(4) : 1 + random.below(70));
  config.vocab = static_cast<int64_t>(1 + random.below(40));
  int64_t* const sizes[] = {&config.layers, &config.kv_heads, &config.heads, &config.head_dim,
                            &config.hidden};
  if (random.chance(3)) *random.pick(sizes) += static_cast<int64_t>(random.below(3));
  const bool packed = config.ffn % 32 == 0 && config.hidden % 32 == 0 && config.head_dim % 16 == 0 &&
                      config.ffn * config.hidden * config.head_dim > 0;
  image = testing::gguf_image(config, config.arch, packed ? DType::kI2_S : DType::kF32, DType::kF32);
}

constexpr testing::Mutator<GgufImage> kMutators[] = {
    {"magic", [](auto& i, auto& r) { i.magic = r.bytes(4); }, Expect::kRefused},
    {"version", [](auto& i, auto& r) { i.version = static_cast<uint32_t>(r.border(3)); }, Expect::kRefused},
    {"tensor count", [](auto& i, auto& r) { i.tensor_count = r.border(i.tensors.size()); }, Expect::kRefused},
    {"metadata count", [](auto& i, auto& r) { i.metadata_count = r.border(i.metadata.size()); },
     Expect::kRefused},
    {"key length",
     [](auto& i, auto& r) {
       auto& entry = r.pick(i.metadata);
       entry.key_length = r.border(entry.key.size());
     },
     Expect::kRefused},
    {"number", change_number},
    {"value type", [](auto& i, auto& r) { r.pick(i.metadata).type = static_cast<uint32_t>(r.below(14)); }},
    {"text",
     [](auto& i, auto& r) {
       auto& entry = any_entry(i, r, is_text);
       if (is_text(entry)) entry.items[0] = a_text(r, entry.items[0]);
     }},
    {"text length",
     [](auto& i, auto& r) {
       auto& entry = any_entry(i, r, is_text);
       entry.item_length = r.border(entry.items[0].size());
     },
     Expect::kRefused},
    {"key dropped",
     [](auto& i, auto& r) { i.metadata.erase(i.metadata.begin() + r.below(i.metadata.size())); }},
    {"key twice",
     [](auto& i, auto& r) {
       auto entry = r.pick(i.metadata);
       i.metadata.insert(i.metadata.begin() + r.below(i.metadata.size()), entry);
     },
     Expect::kRefused},
    {"keys in another order", [](auto& i, auto& r) { std::swap(r.pick(i.metadata), r.pick(i.metadata)); },
     Expect::kAccepted},
    {"array count",
     [](auto& i, auto& r) {
       auto& entry = any_entry(i, r, is_array);
       entry.is_array = true;
       entry.count = r.border(entry.items.size());
     },
     Expect::kRefused},
    {"array item",
     [](auto& i, auto& r) {
       auto& entry = any_entry(i, r, is_array);
       auto& item = r.pick(entry.items);
       item = gguf_number_size(entry.type) == 0 ? a_text(r, item) : r.bytes(item.size());
     }},
    {"array items",
     [](auto& i, auto& r) {
       auto& items = any_entry(i, r, is_array).items;
       const size_t at = r.below(items.size());
       if (items.size() > 1 && r.chance(2)) {
         items.erase(items.begin() + static_cast<std::ptrdiff_t>(at));
       } else {
         items.insert(items.begin() + static_cast<std::ptrdiff_t>(at), items[r.below(items.size())]);
       }
     }},
    {"huge array",
     [](auto& i, auto& r) {
       const std::string item = r.chance(2) ? "" : std::string(r.below(9), 'a');
       const bool is_text = r.chance(2);
       i.metadata.push_back({"huge", gguf_type(is_text ? GgufType::kString : GgufType::kU8),
                             std::vector<std::string>(1 + r.below(300'000), is_text ? item : "\1"), true});
     },
     Expect::kAccepted},
    {"alignment",
     [](auto& i, auto& r) {
       i.alignment = uint64_t{1} << r.below(13);
       i.metadata.push_back(
           {"general.alignment", gguf_type(GgufType::kU32), {number_bytes<uint32_t>(i.alignment)}});
     }},
    {"stated alignment",
     [](auto& i, auto& r) {
       i.metadata.push_back({"general.alignment", gguf_type(GgufType::kU64), {number_bytes(r.border(32))}});
     }},
    {"dimension",
     [](auto& i, auto& r) {
       auto& dim = r.pick(r.pick(i.tensors).dims);
       dim = r.border(dim);
     },
     Expect::kRefused},
    {"dimensions swapped",
     [](auto& i, auto& r) {
       auto& dims = r.pick(i.tensors).dims;
       std::reverse(dims.begin(), dims.end());
     }},
    {"rank",
     [](auto& i, auto& r) {
       auto& tensor = r.pick(i.tensors);
       if (r.chance(2))
         tensor.n_dims = static_cast<uint32_t>(r.border(tensor.dims.size()));
       else
         tensor.dims.push_back(1);
     },
     Expect::kRefused},
    {"tensor type", [](auto& i, auto& r) { r.pick(i.tensors).type = static_cast<uint32_t>(r.below(45)); }},
    {"offset",
     [](auto& i, auto& r) {
       r.pick(i.tensors).offset_shift = r.chance(2) ? r.border(0) : 32 * (1 + r.below(100));
     },
     Expect::kRefused},
    {"name length",
     [](auto& i, auto& r) {
       auto& tensor = r.pick(i.tensors);
       tensor.name_length = r.border(tensor.name.size());
     },
     Expect::kRefused},
    {"tensor renamed",
     [](auto& i, auto& r) {
       r.pick(i.tensors).name = r.chance(2) ? r.pick(i.tensors).name : a_text(r, "x");
     }},
    {"tensor dropped",
     [](auto& i, auto& r) { i.tensors.erase(i.tensors.begin() + r.below(i.tensors.size())); }},
    {"tensor added",
     [](auto& i, auto& r) {
       auto tensor = r.pick(i.tensors);
       tensor.name += r.chance(2) ? "" : "x";
       if (r.chance(2)) tensor.name = "rope_freqs_" + std::to_string(r.below(9));
       i.tensors.push_back(std::move(tensor));
     }},
    {"tensors in another order", [](auto& i, auto& r) { std::swap(r.pick(i.tensors), r.pick(i.tensors)); },
     Expect::kAccepted},
    {"tensor data", change_tensor_data},
    {"tensor cut",
     [](auto& i, auto& r) {
       auto& data = r.pick(i.tensors).data;
       data.resize(data.size() - std::min<size_t>(data.size(), 1 + r.below(64)));
     }},
    {"another model", change_shape_everywhere},
    {"file cut", [](auto& i, auto& r) { i.cut_at = r.below(100); }},
    {"byte", [](auto& i, auto& r) { i.flipped_byte = r.below(r.chance(4) ? 4096 : 100'000'000); }},
};

TEST(Mutation, Gguf) {
  const std::vector<GgufImage> images = testing::gguf_seeds();
  testing::MemoryFile file;
  testing::run_campaign<GgufImage>(images, kMutators, 6600, 150,
                                   [&](const GgufImage& image) -> testing::Verdict {
                                     file.set(image.serialize());
                                     return testing::try_commands(file.path());
                                   });
}

}  // namespace
}  // namespace tern
