#pragma once
// What the program is made of, and under which licences. The texts of licenses/ are in the program.
#include <string>
#include <string_view>
#include <vector>

namespace tern {

/// Where a part is: compiled into the program, data in it, a library that comes up with it, or one that it
/// loads when it needs it.
enum class ComponentUse { kInside, kData, kShared, kLoaded };

struct Component {
  std::string name, version;
  std::string licence;  ///< SPDX
  ComponentUse use = ComponentUse::kInside;
  std::string_view notice;  ///< copyright lines and what the licence wants to be told
};

/// Tern itself; its notice is the whole text of its licence.
Component own_component();
/// What others made, in the order of components.inc.
std::vector<Component> foreign_components();

std::string_view component_use_name(ComponentUse use);
/// The lines of the notice that begin with "Copyright".
std::vector<std::string> copyright_lines(const Component& component);

}  // namespace tern
