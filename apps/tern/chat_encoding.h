#pragma once
#include <CLI/CLI.hpp>
#include <string>

namespace tern {

/// --chat-encoding, whose value parse_chat_encoding() reads.
void add_chat_encoding(CLI::App& app, std::string* encoding);

}  // namespace tern
