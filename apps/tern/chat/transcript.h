#pragma once
// Conversations as files of /save and /load:
//   {"format": "tern-chat", "version": 1, "messages": [{"role": "user", "content": ".."}, ..]}
#include <string>
#include <vector>

#include "base/atomic_file.h"
#include "base/error.h"
#include "tokenizer/chat_template.h"

namespace tern {

/// Writes `messages` to a new file; with IfThere::kReplace an old one of that name is replaced. Errors: those
/// of AtomicFile.
Status save_transcript(const std::string& path, const std::vector<ChatMessage>& messages, IfThere if_there);

/// What save_transcript() wrote. kNotFound; kBadFile when the file is larger than 16 MiB, is no such file, or
/// its messages are not (after a "system" one, if there is one) questions of a "user" and answers of an
/// "assistant" by turns; kUnsupported when it is of another version.
Result<std::vector<ChatMessage>> load_transcript(const std::string& path);

}  // namespace tern
