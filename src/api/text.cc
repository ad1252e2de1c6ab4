// Text, chats and tokens.
#include "api/text.h"
#include "api/handles.h"

namespace tern::api {

Result<std::vector<int32_t>> tokenize(const Engine& engine, const char* text, size_t bytes, uint32_t flags) {
  TERN_TRY(check_flags(flags, TERN_ADD_BOS | TERN_ADD_EOS | TERN_PARSE_SPECIAL));
  TERN_ASSIGN(const std::string_view view, utf8(text, bytes, "text"));
  TERN_ASSIGN(const Tokenizer* tokenizer, engine.tokenizer());
  return tokenizer->encode(view, {.add_bos = (flags & TERN_ADD_BOS) != 0,
                                  .add_eos = (flags & TERN_ADD_EOS) != 0,
                                  .parse_special = (flags & TERN_PARSE_SPECIAL) != 0});
}

Status check_flags(uint32_t flags, uint32_t known) {
  if ((flags & ~known) == 0) return {};
  return fail(ErrorCode::kInvalidArgument, "flags {:#x}: only {:#x} mean something here", flags, known);
}

namespace {

Result<std::string> detokenize(const tern_model& model, std::span<const int32_t> ids, uint32_t flags) {
  TERN_TRY(check_flags(flags, TERN_SHOW_SPECIAL));
  TERN_ASSIGN(const Tokenizer* tokenizer, model.engine().tokenizer());
  // A model may have more tokens than its tokenizer, to which they are nothing.
  TERN_TRY(check_ids(ids, std::max<int64_t>(model.engine().config().vocab, tokenizer->vocab_size())));
  return tokenizer->decode(ids, (flags & TERN_SHOW_SPECIAL) != 0);
}

/// What both functions of chats need.
struct Chat {
  const Tokenizer* tokenizer = nullptr;
  const ChatTemplate* chat_template = nullptr;
  std::vector<ChatMessage> messages;
};

Result<Chat> read_chat(const tern_model* model, const tern_message* messages, size_t count) {
  TERN_TRY(need(model, "model"));
  TERN_ASSIGN(const auto given, array(messages, count, "messages"));
  Chat chat;
  TERN_ASSIGN(chat.tokenizer, model->engine().tokenizer());
  if (!model->loaded->chat_template) return tl::unexpected(model->loaded->chat_template.error());
  chat.chat_template = model->loaded->chat_template->get();
  for (size_t i = 0; i < given.size(); ++i) {
    TERN_ASSIGN(const auto role, utf8(given[i].role, fmt::format("messages[{}].role", i).c_str()));
    TERN_ASSIGN(const auto content, utf8(given[i].content, fmt::format("messages[{}].content", i).c_str()));
    chat.messages.push_back({std::string(role), std::string(content)});
  }
  return chat;
}

}  // namespace
}  // namespace tern::api

using namespace tern::api;

tern_status tern_tokenize(const tern_model* model, const char* text, size_t bytes, uint32_t flags,
                          int32_t** ids, size_t* count) {
  return call([&]() -> tern::Status {
    TERN_TRY(need(model, "model"));
    TERN_TRY(need(ids, "ids"));
    TERN_TRY(need(count, "count"));
    TERN_ASSIGN(const auto made, tokenize(model->engine(), text, bytes, flags));
    return give<int32_t>(made, ids, count);
  });
}

tern_status tern_detokenize(const tern_model* model, const int32_t* ids, size_t count, uint32_t flags,
                            char** text, size_t* bytes) {
  return call([&]() -> tern::Status {
    TERN_TRY(need(model, "model"));
    TERN_TRY(need(text, "text"));
    TERN_ASSIGN(const auto given, array(ids, count, "ids"));
    TERN_ASSIGN(const std::string made, detokenize(*model, given, flags));
    return give<char>(made, text, bytes);
  });
}

tern_status tern_chat_tokenize(const tern_model* model, const tern_message* messages, size_t count,
                               int32_t add_generation_prompt, int32_t** ids, size_t* id_count) {
  return call([&]() -> tern::Status {
    TERN_TRY(need(ids, "ids"));
    TERN_TRY(need(id_count, "id_count"));
    TERN_ASSIGN(const Chat chat, read_chat(model, messages, count));
    TERN_ASSIGN(const auto made,
                tern::encode_chat(*chat.tokenizer, *chat.chat_template, chat.messages,
                                  add_generation_prompt != 0, model->engine().chat_encoding()));
    return give<int32_t>(made, ids, id_count);
  });
}

tern_status tern_chat_text(const tern_model* model, const tern_message* messages, size_t count,
                           int32_t add_generation_prompt, char** text, size_t* bytes) {
  return call([&]() -> tern::Status {
    TERN_TRY(need(text, "text"));
    TERN_ASSIGN(const Chat chat, read_chat(model, messages, count));
    const tern::TokenizerSpec& spec = chat.tokenizer->spec();
    TERN_ASSIGN(const std::string made, chat.chat_template->render(chat.messages, add_generation_prompt != 0,
                                                                   chat.tokenizer->piece(spec.bos, true),
                                                                   chat.tokenizer->piece(spec.eos, true)));
    return give<char>(made, text, bytes);
  });
}
