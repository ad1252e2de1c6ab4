#include "base/cpu_name.h"

namespace tern {

std::string cpu_name(const SystemFiles& files) {
  const std::string info = files.read("/proc/cpuinfo").value_or("");
  const std::string_view name = field_of(info, "model name");
  return name.empty() ? "unknown CPU" : std::string(name);
}

}  // namespace tern
