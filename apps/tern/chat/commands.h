#pragma once
#include <string_view>

#include "apps/tern/chat/conversation.h"

namespace tern {

/// Does what a line that begins with a slash says; false when the user wants to leave. Errors leave
/// everything as it was: kInvalidArgument names the nearest command when there is no such one.
Result<bool> run_command(std::string_view line, Conversation* conversation);

}  // namespace tern
