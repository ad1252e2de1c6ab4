#pragma once
// What llama-bench and its forks print.
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/speed.h"

namespace tern {

/// One test of a llama-bench run.
struct PeerRow {
  SpeedTest test;
  double tok_s = 0;
};

enum class PeerFormat { kJson, kCsv, kMarkdown };
/// The value of llama-bench's -o.
std::string_view peer_format_name(PeerFormat format);

/// The rows in `text`, standard output of a run with `-o format`; other lines around them are passed over.
/// kBadFile when there is no row, or one without test or speed.
Result<std::vector<PeerRow>> parse_peer_output(std::string_view text, PeerFormat format);

/// "pp512", "tg64", "tg64@d2048" with or without blanks; "tg64@pp2048" is ik_llama.cpp's name of the last.
/// kBadFile.
Result<SpeedTest> parse_test_name(std::string_view name);

}  // namespace tern
