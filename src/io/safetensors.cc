#include "io/safetensors.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/checked_math.h"
#include "base/json.h"
#include "io/safetensors_layout.h"

namespace tern {
namespace {

constexpr uint64_t kLengthBytes = internal::kSafetensorsLengthBytes;
constexpr uint64_t kMaxHeaderBytes = internal::kSafetensorsMaxHeader;
constexpr size_t kMaxDims = internal::kSafetensorsMaxDims;
constexpr size_t kMaxName = 256;
constexpr std::string_view kSingleName = "model.safetensors";
constexpr std::string_view kIndexName = "model.safetensors.index.json";

std::optional<DType> find_dtype(std::string_view name) {
  for (const DType dtype : internal::kSafetensorsDTypes) {
    if (dtype_info(dtype).name == name) return dtype;
  }
  return std::nullopt;
}

/// A file beside the index: no separators, so it cannot leave the folder.
bool is_plain_file_name(std::string_view name) {
  return internal::is_safetensors_name(name) && name != "." && name != ".." &&
         name.find_first_of("/\\") == std::string_view::npos;
}

/// An array of unsigned integers with at most `max` items.
std::optional<std::vector<uint64_t>> unsigned_array(const Json& object, std::string_view key, size_t max) {
  const auto it = object.find(key);
  if (it == object.end() || !it->is_array() || it->size() > max) return std::nullopt;
  std::vector<uint64_t> values;
  for (const Json& item : *it) {
    if (!item.is_number_unsigned()) return std::nullopt;
    values.push_back(item.get<uint64_t>());
  }
  return values;
}

Result<TensorEntry> read_entry(const std::string& name, const Json& line, std::span<const uint8_t> data,
                               std::string_view where) {
  if (!internal::is_safetensors_name(name)) {
    return fail(ErrorCode::kBadFile, "{}: a name has 1 to 256 bytes and no control characters", where);
  }
  TERN_ASSIGN(const auto dtype_name, json_string(line, "dtype", where));
  const auto shape = unsigned_array(line, "shape", kMaxDims);
  const auto offsets = unsigned_array(line, "data_offsets", 2);
  if (!dtype_name || !shape || !offsets || offsets->size() != 2) {
    return fail(ErrorCode::kBadFile,
                "{}: needs dtype, shape (at most {} numbers) and data_offsets (2 numbers); the file is "
                "broken: fetch it "
                "again",
                where, kMaxDims);
  }
  const auto dtype = find_dtype(*dtype_name);
  if (!dtype) {
    return fail(ErrorCode::kUnsupported,
                "{}: dtype {} is not supported; convert the tensor to F32, F16, BF16 or U8", where,
                *dtype_name);
  }
  const std::optional<uint64_t> elements = checked_product(*shape);
  const auto bytes = elements ? dtype_bytes(*dtype, *elements) : std::nullopt;
  const uint64_t begin = (*offsets)[0], end = (*offsets)[1];
  if (begin > end || !range_fits(begin, end - begin, data.size())) {
    return fail(
        ErrorCode::kBadFile,
        "{}: data_offsets [{}, {}] do not lie inside the {} bytes of data; the file is broken or truncated: "
        "fetch it again",
        where, begin, end, data.size());
  }
  if (bytes != end - begin) {
    return fail(ErrorCode::kBadFile,
                "{}: {} bytes of data do not fit its shape and dtype {}; the file is broken", where,
                end - begin, *dtype_name);
  }
  return TensorEntry{name, *dtype, *shape, data.subspan(begin, end - begin)};
}

/// The entries must cover `data` end to end.
Status check_coverage(std::span<const TensorEntry> entries, std::span<const uint8_t> data,
                      const std::string& path) {
  std::vector<const TensorEntry*> order;
  order.reserve(entries.size());
  for (const TensorEntry& entry : entries) order.push_back(&entry);
  std::sort(order.begin(), order.end(), [](auto* a, auto* b) {
    return std::pair(a->bytes.data(), a->bytes.size()) < std::pair(b->bytes.data(), b->bytes.size());
  });
  const uint8_t* covered = data.data();
  for (const TensorEntry* entry : order) {
    if (entry->bytes.data() != covered) {
      return fail(ErrorCode::kBadFile, "{}: tensor '{}' {}; the file is broken: fetch it again", path,
                  entry->name,
                  entry->bytes.data() < covered ? "overlaps another" : "follows a hole in the data");
    }
    covered += entry->bytes.size();
  }
  if (covered != data.data() + data.size()) {
    return fail(ErrorCode::kBadFile,
                "{}: {} bytes at the end belong to no tensor; the file is broken: fetch it again", path,
                data.data() + data.size() - covered);
  }
  return {};
}

}  // namespace

bool internal::is_safetensors_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxName &&
         std::none_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

Status Safetensors::add_file(const std::string& path) {
  TERN_ASSIGN(MappedFile file, MappedFile::open(path));
  const auto bytes = file.bytes();
  uint64_t header_bytes = 0;
  if (bytes.size() >= kLengthBytes) std::memcpy(&header_bytes, bytes.data(), sizeof header_bytes);
  const bool whole = bytes.size() >= kLengthBytes && range_fits(kLengthBytes, header_bytes, bytes.size());
  if (whole && header_bytes > kMaxHeaderBytes) {
    return fail(ErrorCode::kUnsupported,
                "{}: a header of {} bytes, more than the {} that are read: split the model", path,
                header_bytes, kMaxHeaderBytes);
  }
  if (!whole) {
    return fail(
        ErrorCode::kBadFile,
        "{}: not a safetensors file, or truncated: a header of {} bytes in a file of {}; fetch it again",
        path, header_bytes, bytes.size());
  }
  const auto header = bytes.subspan(kLengthBytes, header_bytes);
  const auto data = bytes.subspan(kLengthBytes + header_bytes);
  TERN_ASSIGN(const Json json,
              parse_json_unique_keys({reinterpret_cast<const char*>(header.data()), header.size()},
                                     fmt::format("{}: header", path)));
  if (!json.is_object()) return fail(ErrorCode::kBadFile, "{}: the header is not a JSON object", path);
  const size_t first = tensors_.size();
  for (const auto& [name, line] : json.items()) {
    if (name == internal::kSafetensorsMetadata) continue;
    TERN_ASSIGN(TensorEntry entry, read_entry(name, line, data, fmt::format("{}: tensor '{}'", path, name)));
    if (!index_.emplace(name, tensors_.size()).second) {
      return fail(ErrorCode::kBadFile, "{}: tensor '{}' is in another file of this model too", path, name);
    }
    tensors_.push_back(std::move(entry));
  }
  TERN_TRY(check_coverage(std::span(tensors_).subspan(first), data, path));
  files_.push_back(std::move(file));
  return {};
}

Status Safetensors::add_shards(const std::string& index_path) {
  TERN_ASSIGN(const std::string text, read_small_file(index_path, kMaxHeaderBytes));
  TERN_ASSIGN(const Json json, parse_json_unique_keys(text, index_path));
  const auto map = json.is_object() ? json.find("weight_map") : json.end();
  if (map == json.end() || !map->is_object() || map->empty()) {
    return fail(ErrorCode::kBadFile, "{}: field 'weight_map' must be an object with tensor names",
                index_path);
  }
  std::map<std::string, std::vector<std::string>> shards;  // file -> tensors promised in it
  for (const auto& [tensor, file] : map->items()) {
    if (!file.is_string() || !is_plain_file_name(file.get_ref<const std::string&>())) {
      return fail(ErrorCode::kBadFile, "{}: weight_map of '{}' must be the name of a file beside the index",
                  index_path, tensor);
    }
    shards[file.get<std::string>()].push_back(tensor);
  }
  for (const auto& [file, promised] : shards) {
    const size_t first = tensors_.size();
    TERN_TRY(add_file(fmt::format("{}/{}", path_, file)));
    for (const std::string& tensor : promised) {
      const auto it = index_.find(tensor);
      if (it == index_.end() || it->second < first) {
        return fail(ErrorCode::kBadFile, "{}: tensor '{}' is not in {} as promised; fetch the shard again",
                    index_path, tensor, file);
      }
    }
  }
  return {};
}

Result<std::unique_ptr<Safetensors>> Safetensors::open_file(const std::string& path) {
  auto result = std::make_unique<Safetensors>();
  result->path_ = path;
  TERN_TRY(result->add_file(path));
  return result;
}

Result<std::unique_ptr<Safetensors>> Safetensors::open_folder(const std::string& folder) {
  const std::string single = fmt::format("{}/{}", folder, kSingleName);
  const std::string index = fmt::format("{}/{}", folder, kIndexName);
  std::error_code ignored;
  const bool has_single = std::filesystem::exists(single, ignored);
  if (!has_single && !std::filesystem::exists(index, ignored)) {
    return fail(ErrorCode::kNotFound, "{}: holds neither {} nor {}", folder, kSingleName, kIndexName);
  }
  auto result = std::make_unique<Safetensors>();
  result->path_ = folder;
  TERN_TRY(has_single ? result->add_file(single) : result->add_shards(index));
  return result;
}

const TensorEntry* Safetensors::find(std::string_view name) const {
  const auto it = index_.find(name);
  return it == index_.end() ? nullptr : &tensors_[it->second];
}

}  // namespace tern
