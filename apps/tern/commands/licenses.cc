// tern licenses: under which terms the program and its parts may be passed on.
#include <memory>

#include "apps/tern/command.h"
#include "apps/tern/components.h"
#include "apps/tern/output.h"
#include "base/json.h"

namespace tern {
namespace {

constexpr const char* kExamples = R"(Examples:
  tern licenses
  tern licenses --json | jq -r '.[] | .name + ": " + .licence'

Versions are those that the program was built with; of a library that is not inside it, the machine may have another.)";

Json component_json(const Component& component) {
  return Json{{"name", component.name},
              {"version", component.version},
              {"licence", component.licence},
              {"use", component_use_name(component.use)},
              {"copyright", copyright_lines(component)},
              {"text", component.notice}};
}

void print_component(const Component& component) {
  const std::string title = fmt::format("{} {}: {} ({})", component.name, component.version,
                                        component.licence, component_use_name(component.use));
  print(fmt::format("{}\n{}\n\n{}\n\n", title, std::string(title.size(), '='), component.notice));
}

}  // namespace

CommandAction add_licenses(CLI::App& app) {
  const auto json = std::make_shared<bool>(false);
  app.add_flag("--json", *json, "Print one JSON array");
  app.footer(kExamples);
  return [json]() -> Status {
    std::vector<Component> components = foreign_components();
    components.insert(components.begin(), own_component());
    Json list = Json::array();
    for (const Component& component : components) {
      if (*json) {
        list.push_back(component_json(component));
      } else {
        print_component(component);
      }
    }
    if (*json) print(dump_json(list, 2) + "\n");
    return {};
  };
}

}  // namespace tern
