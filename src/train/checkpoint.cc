#include "train/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>

#include "base/atomic_file.h"
#include "base/atomic_folder.h"
#include "base/checksum.h"
#include "base/mmap.h"
#include "models/json_file.h"

namespace tern::train {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kFormat = 1;
constexpr std::string_view kPrefix = "step-";
constexpr const char* kState = "state.json";

std::string checksum_of(std::span<const uint8_t> bytes) {
  Checksum checksum;
  checksum.add(bytes);
  return fmt::format("{:016x}", checksum.value());
}

std::span<const uint8_t> bytes_of(const at::Tensor& tensor) {
  return {reinterpret_cast<const uint8_t*>(tensor.data_ptr<float>()),
          static_cast<size_t>(tensor.numel()) * sizeof(float)};
}

/// The step that a folder's name says, if it is a checkpoint's.
std::optional<int64_t> step_of(const std::string& name) {
  if (!name.starts_with(kPrefix)) return std::nullopt;
  int64_t step = 0;
  const char* end = name.data() + name.size();
  const auto [at, error] = std::from_chars(name.data() + kPrefix.size(), end, step);
  if (error != std::errc() || at != end || step < 0) return std::nullopt;
  return step;
}

/// A process that is killed meanwhile leaves no half of a checkpoint.
void remove_checkpoint(const std::string& path) {
  std::error_code ignored;
  const std::string removed = path + ".removed";
  fs::remove_all(removed, ignored);
  fs::rename(path, removed, ignored);
  fs::remove_all(removed, ignored);
}

Status read_tensor(const std::string& folder, const std::string& name, const Json& tensors, at::Tensor into) {
  const std::string path = fmt::format("{}/{}.f32", folder, name);
  const Json* entry = json_field(tensors, name);
  if (entry == nullptr) return fail(ErrorCode::kBadFile, "{}/{}: tensors: no '{}'", folder, kState, name);
  TERN_ASSIGN(const auto checksum, json_string(*entry, "checksum", folder));
  TERN_ASSIGN(const MappedFile file, MappedFile::open(path));
  if (file.bytes().size() != static_cast<size_t>(into.numel()) * sizeof(float)) {
    return fail(ErrorCode::kBadFile, "{}: {} bytes, but the recipe's model needs {}", path,
                file.bytes().size(), into.numel() * static_cast<int64_t>(sizeof(float)));
  }
  if (checksum_of(file.bytes()) != checksum) {
    return fail(ErrorCode::kBadFile, "{}: the checksum is not the one of {}: the file is damaged", path,
                kState);
  }
  const at::NoGradGuard no_grad;
  into.copy_(at::from_blob(const_cast<uint8_t*>(file.bytes().data()), {into.numel()}, at::kFloat));
  return {};
}

}  // namespace

std::string Checkpoints::path_of(int64_t step) const {
  return fmt::format("{}/{}{:010}", folder_, kPrefix, step);
}

Status Checkpoints::save(int64_t step, const Json& state, const NamedTensors& tensors,
                         std::optional<int64_t> best) const {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) return fail(ErrorCode::kIo, "{}: {}", folder_, error.message());
  const std::string path = path_of(step);
  remove_checkpoint(path);
  TERN_ASSIGN(AtomicFolder folder, AtomicFolder::create(path));
  Json described = Json::object();
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor there = tensor.detach().cpu().contiguous();
    described[name] = {{"elements", there.numel()}, {"checksum", checksum_of(bytes_of(there))}};
    TERN_TRY(write_whole_file(folder.path(name + ".f32"), bytes_of(there)));
  }
  const Json all = {{"format", kFormat}, {"step", step}, {"state", state}, {"tensors", described}};
  TERN_TRY(write_whole_file(folder.path(kState), dump_json(all, 1) + "\n"));
  TERN_TRY(folder.commit());

  std::vector<int64_t> old = steps();
  std::erase_if(old, [&](int64_t s) { return s >= step || s == best; });
  const size_t stay = std::min(old.size(), static_cast<size_t>(keep_ - 1));
  for (size_t i = 0; i + stay < old.size(); ++i) remove_checkpoint(path_of(old[i]));
  return {};
}

std::vector<int64_t> Checkpoints::steps() const {
  std::vector<int64_t> found;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_, error)) {
    if (const auto step = step_of(entry.path().filename().string())) found.push_back(*step);
  }
  std::ranges::sort(found);
  return found;
}

Result<Json> Checkpoints::load(int64_t step, const NamedTensors& tensors) const {
  const std::string folder = path_of(step), state = fmt::format("{}/{}", folder, kState);
  TERN_ASSIGN(const Json json, read_json_object(state));
  if (json.is_null()) return fail(ErrorCode::kNotFound, "{}: there is no such checkpoint", folder);
  TERN_ASSIGN(const auto format, json_int(json, "format", state));
  if (format != kFormat)
    return fail(ErrorCode::kUnsupported, "{}: format: this version of Tern reads {}", state, kFormat);
  const Json* described = json_field(json, "tensors");
  const Json* saved = json_field(json, "state");
  if (described == nullptr || saved == nullptr)
    return fail(ErrorCode::kBadFile, "{}: no 'tensors' or 'state'", state);
  for (const auto& [name, tensor] : tensors) TERN_TRY(read_tensor(folder, name, *described, tensor));
  return *saved;
}

}  // namespace tern::train
