#include "apps/tern/chat/transcript.h"

#include "base/json.h"
#include "base/mmap.h"

namespace tern {
namespace {

constexpr std::string_view kFormat = "tern-chat";
constexpr int64_t kVersion = 1;
constexpr uint64_t kMostBytes = uint64_t{16} << 20;

/// The role that message `index` must have; the first may be a system message.
std::string_view expected_role(size_t index, bool has_system) {
  if (has_system && index == 0) return "system";
  return (index - (has_system ? 1 : 0)) % 2 == 0 ? "user" : "assistant";
}

Result<std::string> text_field(const Json& object, std::string_view key, const std::string& what) {
  TERN_ASSIGN(auto text, json_string(object, key, what));
  if (!text) return fail(ErrorCode::kBadFile, "{}: field '{}' is missing", what, key);
  return std::move(*text);
}

Result<std::vector<ChatMessage>> read_messages(const Json& list, const std::string& path) {
  std::vector<ChatMessage> messages;
  bool has_system = false;
  for (size_t i = 0; i < list.size(); ++i) {
    const std::string what = fmt::format("{}: message {}", path, i);
    if (!list[i].is_object()) return fail(ErrorCode::kBadFile, "{}: is no object", what);
    TERN_ASSIGN(std::string role, text_field(list[i], "role", what));
    TERN_ASSIGN(std::string content, text_field(list[i], "content", what));
    if (i == 0) has_system = role == "system";
    if (role != expected_role(i, has_system)) {
      return fail(ErrorCode::kBadFile, "{}: the role is '{}', not '{}'", what, role,
                  expected_role(i, has_system));
    }
    messages.push_back({std::move(role), std::move(content)});
  }
  if (!messages.empty() && messages.back().role == "user") {
    return fail(ErrorCode::kBadFile, "{}: the last question has no answer", path);
  }
  return messages;
}

}  // namespace

Status save_transcript(const std::string& path, const std::vector<ChatMessage>& messages, IfThere if_there) {
  OrderedJson list = OrderedJson::array();
  for (const ChatMessage& message : messages) {
    list.push_back(OrderedJson{{"role", message.role}, {"content", message.content.value_or("")}});
  }
  const OrderedJson json{{"format", kFormat}, {"version", kVersion}, {"messages", std::move(list)}};
  TERN_ASSIGN(AtomicFile file, AtomicFile::create(path));
  TERN_TRY(file.write(json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n"));
  return file.commit(if_there);
}

Result<std::vector<ChatMessage>> load_transcript(const std::string& path) {
  TERN_ASSIGN(const std::string text, read_small_file(path, kMostBytes));
  TERN_ASSIGN(const Json json, parse_json_unique_keys(text, path));
  const auto format = json_string(json, "format", path);
  if (!format || *format != kFormat) {
    return fail(ErrorCode::kBadFile, "{}: is no conversation that /save wrote (\"format\" is not \"{}\")",
                path, kFormat);
  }
  TERN_ASSIGN(const auto version, json_int(json, "version", path));
  if (version != kVersion) {
    return fail(ErrorCode::kUnsupported, "{}: version {} is not known here, only {}", path,
                version.value_or(0), kVersion);
  }
  const Json* const messages = json_field(json, "messages");
  if (messages == nullptr || !messages->is_array()) {
    return fail(ErrorCode::kBadFile, "{}: field 'messages' must be a list", path);
  }
  return read_messages(*messages, path);
}

}  // namespace tern
