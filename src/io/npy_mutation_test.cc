// .npy arrays broken in their structure.
#include <gtest/gtest.h>

#include <charconv>

#include "base/memory_file.h"
#include "base/mutation.h"
#include "io/npy.h"

namespace tern {
namespace {

using testing::Expect;
using testing::Random;

struct NpyImage {
  std::string magic = "\x93NUMPY";
  uint8_t major = 1, minor = 0;
  std::string descr = "'<f4'", order = "False";
  std::vector<std::string> shape;
  std::string keys[3] = {"'descr'", "'fortran_order'", "'shape'"};
  std::string shape_end = ", }";  ///< behind the shape's numbers stands ")"
  std::string padding = "\n";
  std::string data;
  std::optional<uint32_t> header_length;
  std::optional<size_t> flipped_byte, cut_at;  ///< positions, counted round

  std::string serialize() const {
    std::string tuple;
    for (const std::string& dim : shape) tuple += dim + (shape.size() == 1 ? "," : ", ");
    if (shape.size() > 1) tuple.resize(tuple.size() - 2);
    const std::string header = "{" + keys[0] + ": " + descr + ", " + keys[1] + ": " + order + ", " + keys[2] +
                               ": (" + tuple + ")" + shape_end + padding;
    const uint32_t length = header_length.value_or(static_cast<uint32_t>(header.size()));
    std::string file = magic + static_cast<char>(major) + static_cast<char>(minor);
    file.append(reinterpret_cast<const char*>(&length), major == 1 ? 2 : 4);
    file += header + data;
    if (flipped_byte) file[*flipped_byte % file.size()] ^= static_cast<char>(1 + *flipped_byte % 255);
    if (cut_at) file.resize(*cut_at % file.size());
    return file;
  }
};

NpyImage image_of(uint8_t major, std::vector<std::string> shape, size_t elements) {
  NpyImage image;
  image.major = major;
  image.shape = std::move(shape);
  image.data = std::string(elements * sizeof(float), '\x3d');
  return image;
}

/// Another shape for the same number of elements, or for another.
void change_dims(NpyImage& image, Random& random) {
  if (image.shape.empty()) image.shape.emplace_back("1");
  std::string& dim = random.pick(image.shape);
  uint64_t current = 0;
  std::from_chars(dim.data(), dim.data() + dim.size(), current);
  dim = std::to_string(random.border(current));
}

constexpr testing::Mutator<NpyImage> kMutators[] = {
    {"magic", [](auto& i, auto& r) { i.magic = r.bytes(6); }, Expect::kRefused},
    {"major", [](auto& i, auto& r) { i.major = static_cast<uint8_t>(r.below(5)); }},
    {"minor", [](auto& i, auto& r) { i.minor = static_cast<uint8_t>(r.border(0)); }},
    {"header length",
     [](auto& i, auto& r) { i.header_length = static_cast<uint32_t>(r.border(i.serialize().size())); },
     Expect::kRefused},
    {"padding",
     [](auto& i, auto& r) {
       i.padding = std::string(r.border(64) % 70'000, ' ') + (r.chance(4) ? "x" : "\n");
     }},
    {"descr",
     [](auto& i, auto& r) {
       static const std::string kTypes[] = {"'<f4'", "'<f8'",   "'>f4'",         "'<f4",
                                            "",      "\"<f4\"", "[('a', '<f4')]"};
       i.descr = r.pick(kTypes);
     }},
    {"order",
     [](auto& i, auto& r) {
       static const std::string kOrders[] = {"False", "True", "false", "0", ""};
       i.order = r.pick(kOrders);
     }},
    {"keys", [](auto& i, auto& r) { std::swap(r.pick(i.keys), r.pick(i.keys)); }},
    {"key", [](auto& i, auto& r) { r.pick(i.keys) = r.bytes(r.below(9)); }, Expect::kRefused},
    {"dimension", change_dims},
    {"dimension added", [](auto& i, auto& r) { i.shape.insert(i.shape.end(), 1 + r.below(40), "1"); }},
    {"dimension text",
     [](auto& i, auto& r) {
       static const std::string kTexts[] = {"-1", "", "1.0", "1L", "99999999999999999999", "0x1", "()", "1"};
       r.chance(2) || i.shape.empty() ? i.shape.push_back(r.pick(kTexts))
                                      : void(r.pick(i.shape) = r.pick(kTexts));
     }},
    {"end",
     [](auto& i, auto& r) {
       static const std::string kEnds[] = {"}", ",}", ", }", "", "}}", ", 'x': 1}", ", 'shape': (1,)}"};
       i.shape_end = r.pick(kEnds);
     }},
    {"data", [](auto& i, auto& r) { i.data.resize(r.chance(2) ? i.data.size() ^ 4 : r.below(200'000)); },
     Expect::kRefused},
    {"file cut", [](auto& i, auto& r) { i.cut_at = r.below(1'000'000); }, Expect::kRefused},
    {"byte", [](auto& i, auto& r) { i.flipped_byte = r.below(1'000'000); }},
};

TEST(Mutation, Npy) {
  const std::vector<NpyImage> images = {image_of(1, {"2", "3"}, 6), image_of(2, {"5"}, 5), image_of(1, {}, 1),
                                        image_of(1, {"0", "7"}, 0), image_of(1, {"1", "2", "1", "16"}, 32)};
  testing::MemoryFile file;
  testing::run_campaign<NpyImage>(images, kMutators, 8000, 5, [&](const NpyImage& image) -> testing::Verdict {
    file.set(image.serialize());
    const auto array = read_npy(file.path());
    if (!array) return array.error();
    uint64_t elements = 1;
    for (const uint64_t dim : array->shape) elements *= dim;
    EXPECT_EQ(elements, array->values.size());
    return std::nullopt;
  });
}

}  // namespace
}  // namespace tern
