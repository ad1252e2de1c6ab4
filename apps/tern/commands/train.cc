// tern train: starts tern-train, the one program that needs LibTorch.
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "apps/tern/command.h"
#include "apps/tern/train_flags.h"
#include "kernels/isa.h"

namespace tern {
namespace {

constexpr const char* kProgram = "tern-train";

/// The folder that this program lies in; "" when the system does not say.
std::string own_folder() {
  std::array<char, PATH_MAX> path{};
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size() - 1);
  const std::string whole(path.data(), length > 0 ? static_cast<size_t>(length) : 0);
  return whole.substr(0, whole.rfind('/') + 1);
}

/// OpenBLAS takes its slowest kernels on processors that are newer than itself, unless it is told better ones
/// before it is loaded.
void choose_blas_kernels() {
  const Isa isa = active_isa();
  const char* cores = isa_allows(isa, Isa::kAvx512Vnni) ? "SkylakeX"
                      : isa_allows(isa, Isa::kAvx2)     ? "Haswell"
                                                        : nullptr;
  if (cores != nullptr) ::setenv("OPENBLAS_CORETYPE", cores, 0);
}

/// Becomes tern-train: returns only when it is nowhere.
Status start(const TrainFlags& flags) {
  choose_blas_kernels();
  std::vector<std::string> words = {kProgram};
  for (std::string& argument : as_arguments(flags)) words.push_back(std::move(argument));
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const std::string folder = own_folder();
  for (const std::string& path :
       {folder + kProgram, folder + "../libexec/tern/" + kProgram, std::string(kProgram)}) {
    if (path != kProgram && folder.empty()) continue;
    ::execvp(path.c_str(),
             argv.data());  // a path with a separator is taken as it is, a name is looked for in PATH
    if (errno != ENOENT && errno != ENOTDIR)
      return fail(ErrorCode::kIo, "{}: cannot be started: {}", path, std::strerror(errno));
  }
  return fail(
      ErrorCode::kNotFound,
      "{} is neither beside tern nor in PATH: this build is without the trainer, which needs LibTorch "
      "(docs/training.md says how to build it)",
      kProgram);
}

}  // namespace

CommandAction add_train(CLI::App& app) {
  const auto flags = std::make_shared<TrainFlags>();
  add_train_flags(app, *flags);
  return [flags] { return start(*flags); };
}

}  // namespace tern
