// What a hub says: a listing, then headers of its answers, one a line, behind the first byte 0.
#include "base/check.h"
#include "convert/hub_listing.h"
#include "convert/hub_names.h"
#include "net/retry.h"
#include "net/url.h"
#include "tests/fuzz/fuzz.h"

namespace tern::fuzz {
namespace {

void read_listing(std::string_view text) {
  const auto listing = parse_hub_listing(text, "answer");
  if (!listing) return;
  const auto selection = select_hub_files(*listing, {});
  if (!selection) return;
  for (const HubFile& file : selection->files) TERN_CHECK(check_hub_file(file.name).has_value());
}

void read_header(std::string_view value) {
  (void)parse_retry_after(value, 1'700'000'000);
  (void)parse_rate_limit(value);
  static const Url origin = *Url::parse("https://hub.example/a/b?c=d");
  const auto next = origin.redirected_to(std::string(value));
  if (!next) return;
  TERN_CHECK(next->confidential());  // never from https to http
  (void)next->same_origin(origin);
  (void)next->shown();
}

void run(std::string_view bytes) {
  const size_t end = std::min(bytes.find('\0'), bytes.size());
  read_listing(bytes.substr(0, end));
  bytes.remove_prefix(std::min(end + 1, bytes.size()));
  while (!bytes.empty()) {
    const size_t line = std::min(bytes.find('\n'), bytes.size());
    read_header(bytes.substr(0, line));
    bytes.remove_prefix(std::min(line + 1, bytes.size()));
  }
}

}  // namespace
}  // namespace tern::fuzz

TERN_FUZZ(tern::fuzz::run)
