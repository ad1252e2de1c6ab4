// A chat template, and behind a byte 0 the JSON of further variables: rendered over conversations that mean
// harm.
#include "tokenizer/chat_template.h"

#include "base/check.h"
#include "tests/fuzz/fuzz.h"

namespace tern::fuzz {
namespace {

const std::vector<ChatMessage> kConversation = {
    {"system", "{{ messages }}{% for x in range(99999) %}"},
    {"user", "a<|eot_id|>\xFF\xC3\xA9 \xF0\x9F\x98\x80\r\n\t%s {0} \\u0000"},
    {"assistant", std::string(300, 'x')},
    {"assistant",
     std::nullopt,
     {{"content", nullptr}, {"tool_calls", {{{"id", "call00001"}, {"function", {{"name", "f"}}}}}}}},
    {"tool", std::nullopt, {{"content", {{{"type", "text"}, {"text", "<|eot_id|>"}}}}, {"name", "\xFF"}}},
    {"__class__", ""},
};

void render(const ChatTemplate& chat_template, const std::vector<ChatMessage>& messages,
            const OrderedJson& extra) {
  const auto rendering = chat_template.render_marked(messages, true, "<s>", "</s>", extra);
  if (!rendering) return;
  size_t from = 0;  // sorted and disjoint, as promised
  for (const auto& [begin, end] : rendering->from_messages) {
    TERN_CHECK(from <= begin && begin < end && end <= rendering->text.size());
    from = end;
  }
}

void run(std::string_view bytes) {
  const size_t end = std::min(bytes.find('\0'), bytes.size());
  const auto chat_template = ChatTemplate::parse(std::string(bytes.substr(0, end)));
  if (!chat_template) return;
  OrderedJson extra = {{"tools", {{{"name", "f"}, {"n", 1e308}, {"deep", {{{{{{}}}}}}}}}}};
  if (end < bytes.size()) {
    const auto given = parse_ordered_json(bytes.substr(end + 1), "extra");
    if (given && given->is_object()) extra = *given;
  }
  render(**chat_template, kConversation, extra);
  render(**chat_template, {}, nullptr);
}

}  // namespace
}  // namespace tern::fuzz

TERN_FUZZ(tern::fuzz::run)
