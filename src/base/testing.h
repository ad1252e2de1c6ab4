#pragma once
// What tests of several folders share: a folder that vanishes, and files in it.
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <sstream>
#include <string>
#include <string_view>

#include "base/system_files.h"

namespace tern::testing {

/// A fresh folder, removed with all it holds when it goes out of scope.
class TempFolder {
 public:
  TempFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tern-test-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::string& path() const { return path_; }
  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

inline void write_file(const std::string& path, std::string_view content) {
  std::filesystem::remove(
      path);  // truncating in place instead makes some file systems write through: 100 times slower
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  ASSERT_TRUE(file.good()) << path;
}

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

/// A folder that stands for "/" (base/system_files.h).
class FakeSystem {
 public:
  /// `path` does not start with '/'.
  void write(const std::string& path, std::string_view content) {
    std::filesystem::create_directories(std::filesystem::path(this->path(path)).parent_path());
    write_file(this->path(path), content);
  }
  std::string path(std::string_view below) const { return root_.file(below); }
  SystemFiles files() const { return SystemFiles(root_.path()); }

 private:
  TempFolder root_;
};

/// "tests/golden/<name>" of the source tree.
inline std::string golden(std::string_view name) {
  return std::string(TERN_SOURCE_DIR "/tests/golden/") + std::string(name);
}

}  // namespace tern::testing
