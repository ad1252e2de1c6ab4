#include "convert/hub_listing.h"

#include <algorithm>

#include "base/json.h"
#include "convert/hub_names.h"
#include "convert/metadata.h"
#include "net/digest.h"

namespace tern {
namespace {

constexpr size_t kMaxNamesInMessage = 12;

Result<std::optional<uint64_t>> size_field(const Json& object, std::string_view what) {
  TERN_ASSIGN(const auto size, json_int(object, "size", what));
  if (!size) return std::nullopt;
  if (*size < 0) return fail(ErrorCode::kBadFile, "{}: a file of {} bytes", what, *size);
  return static_cast<uint64_t>(*size);
}

Result<std::string> hex_field(const Json& object, std::string_view key, size_t digits,
                              std::string_view what) {
  TERN_ASSIGN(const auto text, json_string(object, key, what));
  if (text && !is_hex(*text, digits)) {
    return fail(ErrorCode::kBadFile, "{}: {} is not {} hexadecimal digits", what, key, digits);
  }
  return text.value_or("");
}

Result<HubFile> parse_file(const Json& sibling, std::string_view what) {
  HubFile file;
  TERN_ASSIGN(const auto name, json_string(sibling, "rfilename", what));
  if (!name) return fail(ErrorCode::kBadFile, "{}: a file without rfilename", what);
  file.name = *name;
  TERN_ASSIGN(file.size, size_field(sibling, what));
  if (const Json* lfs = json_field(sibling, "lfs")) {
    TERN_ASSIGN(file.sha256, hex_field(*lfs, "sha256", 64, what));
    TERN_ASSIGN(const auto size, size_field(*lfs, what));
    if (size && file.size && *size != *file.size) {
      return fail(ErrorCode::kBadFile, "{}: a file has {} bytes and {}", what, *file.size, *size);
    }
    if (size) file.size = size;
  } else {
    TERN_ASSIGN(file.git_sha1, hex_field(sibling, "blobId", 40, what));
  }
  return file;
}

std::string names_of(const std::vector<HubFile>& files) {
  std::string names;
  for (size_t i = 0; i < std::min(files.size(), kMaxNamesInMessage); ++i) {
    names += fmt::format("{}{}", i == 0 ? "" : ", ", files[i].name);
  }
  if (files.size() > kMaxNamesInMessage)
    names += fmt::format(" and {} more", files.size() - kMaxNamesInMessage);
  return names;
}

/// What models/open_hf.cc reads of a folder.
bool belongs_to_folder(std::string_view name) {
  return name.find('/') == std::string_view::npos &&
         (name == "config.json" || name == "generation_config.json" || name == "chat_template.jinja" ||
          name == "adapter_config.json" ||
          std::ranges::find(kTokenizerFiles, name) != kTokenizerFiles.end() ||
          name.ends_with(".safetensors") || name.ends_with(".safetensors.index.json"));
}

template <typename Predicate>
std::vector<HubFile> those(const HubListing& listing, Predicate predicate) {
  std::vector<HubFile> files;
  std::copy_if(listing.files.begin(), listing.files.end(), std::back_inserter(files),
               [&](const HubFile& file) { return predicate(std::string_view(file.name)); });
  return files;
}

Result<HubSelection> select_model(const HubListing& listing) {
  std::vector<HubFile> ggufs = those(listing, [](std::string_view name) { return name.ends_with(".gguf"); });
  if (ggufs.size() > 1) {
    return fail(ErrorCode::kAmbiguous, "it has {} GGUF files: name one of them behind the model: {}",
                ggufs.size(), names_of(ggufs));
  }
  if (ggufs.size() == 1) return HubSelection{std::move(ggufs), false};
  const auto has = [&](const auto& predicate) {
    return std::any_of(listing.files.begin(), listing.files.end(),
                       [&](const HubFile& file) { return predicate(file.name); });
  };
  const bool weights =
      has([](const std::string& name) { return belongs_to_folder(name) && name.ends_with(".safetensors"); });
  // Adapters have an adapter_config.json and no config.json.
  if (!weights || !has([](const std::string& name) { return name == "config.json"; })) {
    return fail(ErrorCode::kNotFound,
                "it has neither a GGUF file nor config.json with safetensors, which is what Tern reads; it "
                "has {}",
                listing.files.empty() ? "no files" : names_of(listing.files));
  }
  return HubSelection{those(listing, belongs_to_folder), true};
}

Result<HubSelection> select_wanted(const HubListing& listing, const std::vector<std::string>& wanted) {
  HubSelection selection;
  for (const std::string& name : wanted) {
    const auto found = std::find_if(listing.files.begin(), listing.files.end(),
                                    [&](const HubFile& file) { return file.name == name; });
    if (found == listing.files.end()) {
      return fail(ErrorCode::kNotFound, "it has no file '{}'; it has {}", name, names_of(listing.files));
    }
    selection.files.push_back(*found);
  }
  return selection;
}

}  // namespace

Result<HubListing> parse_hub_listing(std::string_view text, std::string_view what) {
  TERN_ASSIGN(const Json json, parse_json(text, what));
  HubListing listing;
  TERN_ASSIGN(listing.commit, hex_field(json, "sha", 40, what));
  const Json* siblings = json_field(json, "siblings");
  if (listing.commit.empty() || siblings == nullptr || !siblings->is_array()) {
    return fail(ErrorCode::kBadFile, "{}: not a hub's answer: it lacks sha or siblings", what);
  }
  for (const Json& sibling : *siblings) {
    TERN_ASSIGN(HubFile file, parse_file(sibling, what));
    listing.files.push_back(std::move(file));
  }
  return listing;
}

Result<HubSelection> select_hub_files(const HubListing& listing, const std::vector<std::string>& wanted) {
  TERN_ASSIGN(HubSelection selection,
              wanted.empty() ? select_model(listing) : select_wanted(listing, wanted));
  std::vector<HubFile>& files = selection.files;
  const auto by_name = [](const HubFile& a, const HubFile& b) { return a.name < b.name; };
  std::stable_sort(files.begin(), files.end(), by_name);
  const auto same = [](const HubFile& a, const HubFile& b) { return a.name == b.name; };
  if (wanted.empty() && std::adjacent_find(files.begin(), files.end(), same) != files.end()) {
    return fail(ErrorCode::kBadFile, "it lists a file twice");
  }
  files.erase(std::unique(files.begin(), files.end(), same), files.end());
  if (!wanted.empty()) selection.folder = files.size() > 1;
  for (const HubFile& file : files) TERN_TRY(check_hub_file(file.name));
  return selection;
}

}  // namespace tern
