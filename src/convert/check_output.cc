// Where an output may go: nowhere that a user would lose something.
#include <sys/stat.h>

#include <filesystem>

#include "convert/convert.h"

namespace tern {
namespace {

namespace fs = std::filesystem;

/// What cannot be looked at does not exist for us; reading or writing it says why.
bool same_file(const fs::path& a, const fs::path& b) {
  std::error_code ignored;
  return fs::equivalent(a, b, ignored);
}

bool is_inside(const fs::path& path, const fs::path& folder) {
  for (fs::path above = path.parent_path(); above.has_relative_path(); above = above.parent_path()) {
    if (same_file(above, folder)) return true;
  }
  return false;
}

/// Whether a file of the model's folder is `output`, by way of a link, say: hubs keep their files behind
/// links.
bool is_read_from(const std::string& folder, const std::string& output) {
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error), end;
  for (; !error && entry != end; entry.increment(error)) {
    if (same_file(entry->path(), output)) return true;
  }
  return false;
}

fs::path beside(const fs::path& file, const char* name) {
  return file.parent_path() / name;
}

/// Neither what the conversion reads, nor a name among it.
Status check_inputs(const std::string& input, const std::string& output, const fs::path& absolute,
                    const OpenOptions& open) {
  if (same_file(input, output)) {
    return fail(ErrorCode::kInvalidArgument, "{}: is the input; choose another name", output);
  }
  std::error_code ignored;
  if (fs::is_directory(input, ignored) && (is_inside(absolute, input) || is_read_from(input, output))) {
    return fail(ErrorCode::kInvalidArgument, "{}: belongs to the input; choose another name", output);
  }
  for (const auto* file : {&open.tokenizer, &open.chat_template}) {
    if (*file && (same_file(**file, output) || same_file(beside(**file, "tokenizer_config.json"), output) ||
                  same_file(beside(**file, "special_tokens_map.json"), output))) {
      return fail(ErrorCode::kInvalidArgument, "{}: is read for the conversion; choose another name", output);
    }
  }
  return {};
}

/// A folder that is somebody's place cannot be replaced by another one.
Status check_replaceable(const std::string& output, const fs::path& absolute) {
  std::error_code error;
  if (same_file(output, fs::current_path(error))) {
    return fail(ErrorCode::kInvalidArgument, "{}: is the working folder; name a new one in it", output);
  }
  struct stat own {
  }, parent{};
  const bool known =
      ::stat(output.c_str(), &own) == 0 && ::stat(absolute.parent_path().c_str(), &parent) == 0;
  if (known && S_ISDIR(own.st_mode) && own.st_dev != parent.st_dev) {
    return fail(ErrorCode::kInvalidArgument, "{}: is a mount point; name a new folder in it", output);
  }
  return {};
}

}  // namespace

Status check_output(const std::string& input, const std::string& output, const ConvertOptions& options,
                    bool force) {
  if (output.empty()) return fail(ErrorCode::kInvalidArgument, "the output has no name");
  if (options.to == ConvertTarget::kGguf && output.ends_with('/')) {
    return fail(ErrorCode::kInvalidArgument, "{}: is a folder's name; --to gguf writes a file", output);
  }
  std::error_code error;
  fs::path absolute = fs::absolute(output, error).lexically_normal();
  if (!absolute.has_filename()) absolute = absolute.parent_path();  // "folder/"
  TERN_TRY(check_inputs(input, output, absolute, options.open));
  if (!fs::is_directory(absolute.parent_path(), error)) {
    return fail(ErrorCode::kNotFound, "{}: its folder does not exist; make it first", output);
  }
  if (fs::is_symlink(output, error) && !fs::exists(output, error)) {
    return fail(ErrorCode::kInvalidArgument, "{}: is a link to what does not exist; choose another name",
                output);
  }
  if (!fs::exists(output, error)) return {};
  TERN_TRY(check_replaceable(output, absolute));
  if (options.to != ConvertTarget::kGguf) {
    if (fs::is_directory(output, error) && fs::is_empty(output, error)) return {};
    return fail(ErrorCode::kInvalidArgument, "{}: exists; a folder is never overwritten: choose another name",
                output);
  }
  if (!fs::is_regular_file(output, error)) {
    return fail(ErrorCode::kInvalidArgument, "{}: exists and is not a file; choose another name", output);
  }
  if (force) return {};
  return fail(ErrorCode::kInvalidArgument, "{}: exists; --force overwrites it", output);
}

}  // namespace tern
