#pragma once
// What the opaque handles of the C ABI are.
#include <tern/tern_c.h>

#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "api/call.h"
#include "engine/session.h"

namespace tern::api {

/// A model, shared by its handle and its sessions.
struct Loaded {
  std::unique_ptr<Engine> engine;
  Result<std::unique_ptr<ChatTemplate>> chat_template;  ///< or why there is none
};

}  // namespace tern::api

struct tern_model {
  std::shared_ptr<const tern::api::Loaded> loaded;
  const tern::Engine& engine() const { return *loaded->engine; }
};

struct tern_session {
  explicit tern_session(std::shared_ptr<const tern::api::Loaded> model)
      : loaded(std::move(model)), session(*loaded->engine) {
    session.set_cancel(&cancelled);
  }
  std::shared_ptr<const tern::api::Loaded> loaded;
  std::atomic<bool> cancelled = false, busy = false;
  tern::Session session;
  std::vector<int32_t> tokens;
  std::vector<float> logits;  ///< behind `tokens`; empty: not computed

  const tern::Engine& engine() const { return *loaded->engine; }
  /// After any change of `tokens`.
  void tokens_changed() { logits.clear(); }
};

namespace tern::api {

/// One caller at a time uses a session: the others, a callback among them, are refused.
class Turn {
 public:
  static Result<Turn> take(tern_session* session) {
    TERN_TRY(need(session, "session"));
    if (session->busy.exchange(true, std::memory_order_acquire)) {
      return fail(ErrorCode::kInvalidArgument,
                  "the session is in use by another call: wait for it, or make a session for each thread");
    }
    session->cancelled = false;  // before anything is done that could be cancelled
    return Turn(session);
  }
  Turn(Turn&& other) noexcept : session_(std::exchange(other.session_, nullptr)) {}
  Turn& operator=(Turn&&) = delete;
  ~Turn() {
    if (session_ != nullptr) session_->busy.store(false, std::memory_order_release);
  }

 private:
  explicit Turn(tern_session* session) : session_(session) {}
  tern_session* session_;
};

}  // namespace tern::api
