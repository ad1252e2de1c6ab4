#pragma once
// What commands print: text to stdout at once, remarks to stderr.
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json.h"
#include "engine/session.h"

namespace tern {

/// Writes to stdout and flushes it; a write error shows in finish_stdout().
void print_now(std::string_view text);
/// Writes to stdout, buffered.
void print(std::string_view text);
/// kIo when something written to stdout did not get there.
Status finish_stdout();
/// "error: ..." on stderr, red on a terminal.
void print_error(std::string_view message);
/// A line on stderr, dim on a terminal.
void print_remark(const std::string& remark);

/// "prompt 12 tokens 240.0 tok/s, answer 128 tokens 100.1 tok/s".
std::string describe_speed(const GenerateResult& result);
/// Warns when part of the text was dropped for want of room.
void warn_of_dropped(const GenerateResult& result, const GenerateOptions& options, int64_t context);
/// {prefill_s, decode_s, prefill_tok_s, decode_tok_s}.
Json timings_json(const GenerateResult& result);

}  // namespace tern
