#include "convert/hub_names.h"

#include <algorithm>

namespace tern {
namespace {

constexpr size_t kMaxRepoBytes = 96;  // the hub's own limit
constexpr size_t kMaxRevisionBytes = 255;
constexpr size_t kMaxPathBytes = 1024;
constexpr size_t kMaxComponentBytes = 224;  // 255 less our own endings

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// UTF-8 of U+0080 to U+009F, which terminals obey, or of a character that turns the direction of text round.
bool has_disguise(std::string_view text) {
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    const std::string_view two = text.substr(i, 2), three = text.substr(i, 3);
    if (two[0] == '\xc2' && static_cast<unsigned char>(two[1]) < 0xa0) return true;
    if (three >= "\xe2\x80\xaa" && three <= "\xe2\x80\xae") return true;  // U+202A to U+202E
    if (three >= "\xe2\x81\xa6" && three <= "\xe2\x81\xa9") return true;  // U+2066 to U+2069
  }
  return false;
}

bool is_repo_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '.';
}

bool is_repo_part(std::string_view part) {
  return !part.empty() && std::all_of(part.begin(), part.end(), is_repo_character) && part.front() != '-' &&
         part.front() != '.' && part.back() != '-' && part.back() != '.';
}

/// What is wrong with a relative path; nullptr when nothing is.
const char* path_fault(std::string_view path, size_t max_component) {
  if (path.empty()) return "is empty";
  if (path.find('\\') != std::string_view::npos) return "holds a backslash";
  if (std::any_of(path.begin(), path.end(), is_control) || has_disguise(path))
    return "holds control characters";
  if (path.front() == '/') return "is absolute";
  while (true) {
    const size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    if (part.empty()) return "has an empty component";
    if (part == "." || part == "..") return "has a component of dots";
    if (part.size() > max_component) return "has a component that is too long";
    if (end == path.size()) return nullptr;
    path.remove_prefix(end + 1);
  }
}

}  // namespace

Status check_hub_repo(std::string_view repo) {
  const size_t slash = repo.find('/');
  const bool shaped = slash != std::string_view::npos && is_repo_part(repo.substr(0, slash)) &&
                      is_repo_part(repo.substr(slash + 1));
  if (!shaped || repo.size() > kMaxRepoBytes || repo.find("--") != std::string_view::npos ||
      repo.find("..") != std::string_view::npos) {
    return fail(ErrorCode::kInvalidArgument,
                "'{}' is no model of a hub: write ORG/MODEL, of letters, digits, '-', '_' and '.'", repo);
  }
  return {};
}

Status check_hub_revision(std::string_view revision) {
  const char* const fault =
      revision.size() > kMaxRevisionBytes ? "is too long" : path_fault(revision, kMaxRevisionBytes);
  if (fault == nullptr) return {};
  return fail(ErrorCode::kInvalidArgument, "--revision '{}' {}: give a branch, tag or commit", revision,
              fault);
}

Status check_hub_file(std::string_view name) {
  const char* fault = name.size() > kMaxPathBytes ? "is too long" : path_fault(name, kMaxComponentBytes);
  if (name.substr(0, name.find('/')) == kPullStateFolder) fault = "lies where unfinished files are kept";
  if (fault == nullptr) return {};
  return fail(ErrorCode::kBadFile, "file name '{}' {}: refused", name.substr(0, 200), fault);
}

}  // namespace tern
