#include "apps/tern/version.h"

#include "apps/tern/components.h"
#include "apps/tern/output.h"
#include "base/json.h"
#include "kernels/isa.h"

namespace tern {
namespace {

#if defined(__clang__)
constexpr const char* kCompiler = __VERSION__;
#else
constexpr const char* kCompiler = "gcc " __VERSION__;
#endif

}  // namespace

Status print_version_json() {
  TERN_TRY(init_kernels());
  Json isas = Json::array(), libraries = Json::array();
  for (const Isa isa : compiled_isas()) isas.push_back(isa_name(isa));
  for (const Component& component : foreign_components()) {
    libraries.push_back(
        {{"name", component.name}, {"version", component.version}, {"licence", component.licence}});
  }
  print(dump_json({{"name", "tern"},
                   {"version", TERN_VERSION},
                   {"compiler", kCompiler},
                   {"build_type", TERN_BUILD_TYPE},
                   {"isa_compiled", std::move(isas)},
                   {"isa", isa_name(active_isa())},
                   {"libraries", std::move(libraries)}},
                  2) +
        "\n");
  return {};
}

}  // namespace tern
