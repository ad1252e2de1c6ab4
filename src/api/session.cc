// Sessions: their tokens, the logits behind them.
#include "api/handles.h"
#include "api/text.h"
#include "engine/limits.h"
#include "engine/slices.h"

namespace tern::api {
namespace {

Status append(tern_session* session, std::span<const int32_t> ids) {
  TERN_TRY(check_ids(ids, session->engine().config().vocab));
  constexpr auto kMost = static_cast<size_t>(kMaxContext);
  // An answer that shifted its context may have made the session longer than any context.
  if (session->tokens.size() > kMost || ids.size() > kMost - session->tokens.size()) {
    return fail(ErrorCode::kContextFull, "{} tokens and {} more: no context is longer than {}",
                session->tokens.size(), ids.size(), kMaxContext);
  }
  const std::vector<int32_t> own(ids.begin(), ids.end());  // they may be tern_session_tokens()
  session->tokens.insert(session->tokens.end(), own.begin(), own.end());
  session->tokens_changed();
  return {};
}

}  // namespace
}  // namespace tern::api

using namespace tern::api;

tern_status tern_session_new(const tern_model* model, tern_session** session) {
  return call([&]() -> tern::Status {
    TERN_TRY(need(model, "model"));
    TERN_TRY(need(session, "session"));
    *session = new tern_session(model->loaded);
    return {};
  });
}

void tern_session_free(tern_session* session) {
  delete session;
}

tern_status tern_session_append(tern_session* session, const int32_t* ids, size_t count) {
  return call([&]() -> tern::Status {
    TERN_ASSIGN(const Turn turn, Turn::take(session));
    TERN_ASSIGN(const auto given, array(ids, count, "ids"));
    return append(session, given);
  });
}

tern_status tern_session_append_text(tern_session* session, const char* text, size_t bytes, uint32_t flags) {
  return call([&]() -> tern::Status {
    TERN_ASSIGN(const Turn turn, Turn::take(session));
    TERN_ASSIGN(const auto ids, tokenize(session->engine(), text, bytes, flags));
    return append(session, ids);
  });
}

tern_status tern_session_tokens(tern_session* session, const int32_t** ids, size_t* count) {
  return call([&]() -> tern::Status {
    TERN_TRY(need(ids, "ids"));
    TERN_TRY(need(count, "count"));
    TERN_ASSIGN(const Turn turn, Turn::take(session));
    *ids = session->tokens.data();
    *count = session->tokens.size();
    return {};
  });
}

tern_status tern_session_rewind(tern_session* session, size_t count) {
  return call([&]() -> tern::Status {
    TERN_ASSIGN(const Turn turn, Turn::take(session));
    if (count > session->tokens.size()) {
      return tern::fail(tern::ErrorCode::kInvalidArgument, "the session has {} tokens: it cannot keep {}",
                        session->tokens.size(), count);
    }
    if (count == session->tokens.size()) return {};
    session->tokens.resize(count);
    session->tokens_changed();
    return {};
  });
}

tern_status tern_session_logits(tern_session* session, const float** logits, size_t* count) {
  return call([&]() -> tern::Status {
    TERN_TRY(need(logits, "logits"));
    TERN_TRY(need(count, "count"));
    TERN_ASSIGN(const Turn turn, Turn::take(session));
    if (session->logits.empty()) {
      TERN_ASSIGN(session->logits, session->session.logits_behind(session->tokens, tern::kSliceTokens));
    }
    *logits = session->logits.data();
    *count = session->logits.size();
    return {};
  });
}

tern_status tern_session_cancel(tern_session* session) {
  return call([&]() -> tern::Status {
    TERN_TRY(need(session, "session"));
    if (session->busy) session->cancelled = true;  // if that call ends meanwhile, the next one takes it back
    return {};
  });
}
