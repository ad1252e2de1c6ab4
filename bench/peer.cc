#include "bench/peer.h"

#include <algorithm>
#include <cstring>

namespace tern {
namespace {

// Hangs are the concern: a slow engine may take minutes over a long prompt.
constexpr double kTimeoutSeconds = 1800;

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

}  // namespace

std::string last_error_line(const ProcessResult& result) {
  std::string last, last_error;
  for (const std::string* text : {&result.out, &result.err}) {
    size_t begin = 0;
    while (begin < text->size()) {
      const size_t end = std::min(text->find('\n', begin), text->size());
      const std::string line = text->substr(begin, end - begin);
      begin = end + 1;
      if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
      last = line;
      if (lower(line).find("error") != std::string::npos) last_error = line;
    }
  }
  return (last_error.empty() ? last : last_error).substr(0, 300);
}

Result<Peer> Peer::parse(std::string_view text) {
  const size_t equals = text.find('=');
  const size_t colon = equals == std::string_view::npos ? equals : text.find(':', equals);
  Peer peer;
  if (colon != std::string_view::npos) {
    peer.name_ = text.substr(0, equals);
    peer.program_ = text.substr(equals + 1, colon - equals - 1);
    peer.model_ = text.substr(colon + 1);
  }
  if (peer.name_.empty() || peer.program_.empty() || peer.model_.empty()) {
    return fail(ErrorCode::kInvalidArgument, "--peer {}: must be NAME=PATH_OF_LLAMA_BENCH:MODEL", text);
  }
  return peer;
}

std::vector<std::string> Peer::command(const SpeedTest& test, int threads) const {
  const std::string tokens = std::to_string(test.tokens), depth = std::to_string(test.depth);
  // -ngl 0: builds with a GPU back end offload by default.
  std::vector<std::string> argv{program_, "-m", model_, "-t", std::to_string(threads),
                                "-r",     "1",  "-ngl", "0"};
  const auto add = [&argv](std::initializer_list<std::string> more) { argv.insert(argv.end(), more); };
  if (test.depth > 0 && !depth_flag_) {
    add({"-p", "0", "-n", "0", "-gp", depth + "," + tokens});
  } else {
    add({"-p", test.prompt ? tokens : "0", "-n", test.prompt ? "0" : tokens});
    if (test.depth > 0) add({"-d", depth});
  }
  add({"-o", std::string(peer_format_name(format_))});
  return argv;
}

bool Peer::adapt(const ProcessResult& result) {
  const std::string said = result.err + "\n" + result.out;
  const auto refuses = [&](std::string_view flag) {
    return said.find(fmt::format("argument: {}\n", flag)) != std::string::npos;
  };
  if (!result.succeeded() && depth_flag_ && refuses("-d")) {
    depth_flag_ = false;
    return true;
  }
  // Success without a row that can be read counts as a refusal of the format too.
  if ((result.succeeded() || refuses("-o")) && format_ != PeerFormat::kMarkdown) {
    format_ = format_ == PeerFormat::kJson ? PeerFormat::kCsv : PeerFormat::kMarkdown;
    return true;
  }
  return false;
}

Result<PeerRun> Peer::run(const SpeedTest& test, int threads) {
  while (true) {
    TERN_ASSIGN(const ProcessResult result, run_subprocess(command(test, threads), kTimeoutSeconds));
    if (result.succeeded()) {
      const auto rows = parse_peer_output(result.out, format_);
      for (const PeerRow& row : rows.value_or(std::vector<PeerRow>())) {
        const bool same = row.test.name() == test.name();
        if (same && row.tok_s > 0) return PeerRun{row.tok_s, result.peak_bytes};
      }
      if (adapt(result)) continue;
      if (!rows) return tl::unexpected(rows.error());
      return fail(ErrorCode::kBadFile, "llama-bench output: no test {}", test.name());
    }
    if (result.signal != 0) {
      return fail(ErrorCode::kIo, "ended by signal {} ({}); last line: {}", result.signal,
                  strsignal(result.signal), last_error_line(result));
    }
    if (!adapt(result))
      return fail(ErrorCode::kIo, "exit code {}: {}", result.exit_code, last_error_line(result));
  }
}

}  // namespace tern
