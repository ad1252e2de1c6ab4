#include "apps/tern/session_flag.h"

#include "apps/tern/ranges.h"
#include "base/atomic_file.h"
#include "base/log.h"

namespace tern {

void SessionFlag::add(CLI::App& app) {
  app.add_option("--session", path_,
                 "Keep the cache in a file: what the next prompt shares with this text is not run again")
      ->check(not_empty())
      ->type_name("FILE");
}

Status SessionFlag::check() const {
  if (!path_) return {};
  TERN_TRY(AtomicFile::create(*path_));  // and gone again
  return {};
}

Status SessionFlag::restore(Session* session) const {
  if (!path_) return {};
  const Status restored = session->restore(*path_);
  if (restored || restored.error().code() == ErrorCode::kNotFound) return {};
  if (restored.error().code() != ErrorCode::kBadFile) return restored;
  warn("{}; it is not used, and will be replaced", restored.error().message());
  return {};
}

Status SessionFlag::save(const Session& session) const {
  return path_ ? session.save(*path_) : Status();
}

}  // namespace tern
