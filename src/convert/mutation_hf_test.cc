// Hugging Face folders broken in their structure: what opens is loaded and run.
#include <gtest/gtest.h>

#include <cmath>

#include "base/json_mutation.h"
#include "base/mutation.h"
#include "convert/try_commands.h"
#include "models/hf_image.h"

namespace tern {
namespace {

using testing::Expect;
using testing::HfImage;
using testing::Random;

ModelConfig small(const char* arch) {
  ModelConfig config = testing::tiny_config(arch);
  config.layers = 1;
  config.hidden = 8;
  config.heads = 2;
  config.kv_heads = 1;
  config.head_dim = 4;
  config.ffn = 10;
  config.vocab = 264;
  return config;
}

std::vector<HfImage> seeds() {
  ModelConfig norms = small("bitnet");
  norms.linear_norms = true;
  ModelConfig untied = small("llama");
  untied.tied_head = false;
  return {testing::hf_image(small("bitnet"), "packed"), testing::hf_image(small("bitnet"), "online"),
          testing::hf_image(norms, "packed"), testing::hf_image(untied, "dense"),
          testing::hf_image(untied, "packed")};
}

/// A tensor's line of the header.
Json& any_line(HfImage& image, Random& random) {
  std::vector<Json*> lines;
  for (auto& [name, line] : image.header.items()) {
    if (name != "__metadata__") lines.push_back(&line);
  }
  return lines.empty() ? image.header["x"] : *random.pick(lines);
}

std::string any_name(const HfImage& image, Random& random) {
  std::vector<std::string> names;
  for (const auto& [name, line] : image.header.items()) names.push_back(name);
  return names.empty() ? "x" : random.pick(names);
}

uint64_t number_of(const Json& json) {
  return json.is_number_unsigned() ? json.get<uint64_t>() : 0;
}

void change_offset(HfImage& image, Random& random) {
  Json& offsets = any_line(image, random)["data_offsets"];
  if (!offsets.is_array() || offsets.empty()) return;
  Json& offset = random.pick(offsets);
  offset = random.border(number_of(offset));
}

void change_dimension(HfImage& image, Random& random) {
  Json& shape = any_line(image, random)["shape"];
  if (!shape.is_array() || shape.empty()) return;
  Json& dim = random.pick(shape);
  dim = random.border(number_of(dim));
}

/// Two tensors take each other's bytes, or one of them the other's name.
void swap_lines(HfImage& image, Random& random) {
  Json& a = any_line(image, random);
  Json& b = any_line(image, random);
  static constexpr const char* kFields[] = {"data_offsets", "shape", "dtype"};
  const char* field = random.pick(kFields);
  std::swap(a[field], b[field]);
}

void change_data(HfImage& image, Random& random) {
  static const float kFloats[] = {NAN, INFINITY, -INFINITY, 0.0f, 1e-45f, 3e38f};
  if (image.data.empty()) return;
  const Json& offsets = any_line(image, random)["data_offsets"];
  const size_t at =
      offsets.is_array() && !offsets.empty() ? number_of(offsets[0]) : random.below(image.data.size());
  const float value = random.pick(kFloats);
  const std::string bytes = random.chance(2)
                                ? std::string(reinterpret_cast<const char*>(&value), sizeof value)
                                : std::string(1 + random.below(4), '\xff');
  for (size_t i = 0; i < bytes.size() && at < image.data.size() - i; ++i) image.data[at + i] = bytes[i];
}

/// The configuration of another model, which may be impossible, and tensors as it asks for.
void change_shape_everywhere(HfImage& image, Random& random) {
  ModelConfig config = small(random.chance(2) ? "bitnet" : "llama");
  config.layers = static_cast<int64_t>(1 + random.below(3));
  config.kv_heads = static_cast<int64_t>(1 + random.below(3));
  config.heads = config.kv_heads * static_cast<int64_t>(1 + random.below(3));
  config.head_dim = static_cast<int64_t>(2 * random.below(9));
  config.hidden = config.heads * config.head_dim;
  config.ffn = static_cast<int64_t>(random.below(40));
  config.tied_head = random.chance(2);
  int64_t* const sizes[] = {&config.layers, &config.kv_heads, &config.heads, &config.head_dim,
                            &config.hidden};
  if (random.chance(3)) *random.pick(sizes) += static_cast<int64_t>(random.below(3));
  static constexpr const char* kModes[] = {"packed", "online", "dense"};
  image = testing::hf_image(config, random.pick(kModes));
}

/// A mutation of JSON on one of the image's files.
template <Json HfImage::*kFile, void (*kChange)(Json&, Random&)>
void change(HfImage& image, Random& random) {
  kChange(image.*kFile, random);
}

constexpr testing::Mutator<HfImage> kMutators[] = {
    {"header length", [](auto& i, auto& r) { i.header_length = r.border(dump_json(i.header).size()); },
     Expect::kRefused},
    {"header key twice", [](auto& i, auto& r) { i.repeated_key = any_name(i, r); }, Expect::kRefused},
    {"header number", change<&HfImage::header, testing::change_number>, Expect::kRefused},
    {"header text", change<&HfImage::header, testing::change_text>},
    {"header type", change<&HfImage::header, testing::change_type>},
    {"header value dropped", change<&HfImage::header, testing::drop_value>},
    {"header value copied", change<&HfImage::header, testing::copy_value>},
    {"header key renamed", change<&HfImage::header, testing::rename_key>},
    {"header array grown", change<&HfImage::header, testing::grow_array>},
    {"header nested", change<&HfImage::header, testing::nest>},
    {"offset", change_offset, Expect::kRefused},
    {"dimension", change_dimension, Expect::kRefused},
    {"lines swapped", swap_lines},
    {"data", change_data},
    {"bytes behind", [](auto& i, auto& r) { i.data += r.bytes(1 + r.below(9)); }, Expect::kRefused},
    {"file cut", [](auto& i, auto& r) { i.cut_at = r.below(r.chance(2) ? 3000 : 1'000'000); },
     Expect::kRefused},
    {"byte", [](auto& i, auto& r) { i.flipped_byte = r.below(r.chance(2) ? 3000 : 100'000'000); }},
    {"config number", change<&HfImage::config, testing::change_number>},
    {"config text", change<&HfImage::config, testing::change_text>},
    {"config type", change<&HfImage::config, testing::change_type>},
    {"config value dropped", change<&HfImage::config, testing::drop_value>},
    {"config value copied", change<&HfImage::config, testing::copy_value>},
    {"config key renamed", change<&HfImage::config, testing::rename_key>},
    {"config array grown", change<&HfImage::config, testing::grow_array>},
    {"config nested", change<&HfImage::config, testing::nest>},
    {"generation type", change<&HfImage::generation, testing::change_type>},
    {"generation number", change<&HfImage::generation, testing::change_number>},
    {"tokenizer_config type", change<&HfImage::tokenizer_config, testing::change_type>},
    {"tokenizer_config text", change<&HfImage::tokenizer_config, testing::change_text>},
    {"tokenizer number", change<&HfImage::tokenizer, testing::change_number>},
    {"another model", change_shape_everywhere},
};

TEST(Mutation, HuggingFaceFolder) {
  const std::vector<HfImage> images = seeds();
  testing::HfFolder folder;
  testing::run_campaign<HfImage>(images, kMutators, 11'000, 150,
                                 [&](const HfImage& image) -> testing::Verdict {
                                   folder.set(image);
                                   return testing::try_commands(folder.path());
                                 });
}

}  // namespace
}  // namespace tern
