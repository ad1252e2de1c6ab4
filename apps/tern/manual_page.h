#pragma once
// Pages for man(1), in roff. They name no date, so that two builds of one version give the same bytes.
#include <string>
#include <vector>

#include "apps/tern/command_table.h"

namespace tern {

/// tern.1: the commands, what the program reads from its surroundings, and its exit codes.
std::string program_page(const CommandEntry& program, const std::vector<CommandEntry>& commands);
/// tern-COMMAND.1.
std::string command_page(const CommandEntry& command);

}  // namespace tern
