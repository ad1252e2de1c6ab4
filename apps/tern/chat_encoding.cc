#include "apps/tern/chat_encoding.h"

namespace tern {

void add_chat_encoding(CLI::App& app, std::string* encoding) {
  app.add_option("--chat-encoding", *encoding, "How a chat becomes ids")
      ->check(CLI::IsMember({"whole", "parts"}))
      ->capture_default_str();
}

}  // namespace tern
