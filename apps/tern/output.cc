#include "apps/tern/output.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/log.h"
#include "base/terminal.h"

namespace tern {
namespace {

double rate(int64_t tokens, double seconds) {
  return tokens > 0 && seconds > 0 ? static_cast<double>(tokens) / seconds : 0.0;
}

double prefill_rate(const GenerateResult& result) {
  return rate(result.prompt_tokens - result.cached_tokens, result.prefill_s);
}

/// The first token comes out of the prompt's pass, so that n tokens take n - 1 passes of decoding.
double decode_rate(const GenerateResult& result) {
  return rate(static_cast<int64_t>(result.ids.size()) - 1, result.decode_s);
}

}  // namespace

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

void print_now(std::string_view text) {
  print(text);
  std::fflush(stdout);
}

Status finish_stdout() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return {};
  return fail(ErrorCode::kIo, "cannot write to standard output: {}", std::strerror(errno));
}

void print_error(std::string_view message) {
  const bool colour = use_colour(STDERR_FILENO);
  write_stderr(fmt::format("{}error:{} {}\n", colour ? "\x1b[1;31m" : "", colour ? "\x1b[0m" : "",
                           printable(message)));
}

void print_remark(const std::string& remark) {
  const bool dim = use_colour(STDERR_FILENO);
  write_stderr(fmt::format("{}{}{}\n", dim ? "\x1b[2m" : "", remark, dim ? "\x1b[0m" : ""));
}

std::string describe_speed(const GenerateResult& result) {
  const std::string cached =
      result.cached_tokens > 0 ? fmt::format(" ({} cached)", result.cached_tokens) : std::string();
  return fmt::format("prompt {} tokens{} {:.1f} tok/s, answer {} tokens {:.1f} tok/s", result.prompt_tokens,
                     cached, prefill_rate(result), result.ids.size(), decode_rate(result));
}

void warn_of_dropped(const GenerateResult& result, const GenerateOptions& options, int64_t context) {
  if (result.dropped_tokens == 0) return;
  warn(
      "the context of {} tokens was full: {} tokens behind the first {} were dropped, so this is not exactly "
      "the answer to the whole text",
      context, result.dropped_tokens, options.keep);
}

Json timings_json(const GenerateResult& result) {
  return Json{{"prefill_s", result.prefill_s},
              {"decode_s", result.decode_s},
              {"prefill_tok_s", prefill_rate(result)},
              {"decode_tok_s", decode_rate(result)}};
}

}  // namespace tern
