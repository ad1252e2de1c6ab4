#include "bench/report.h"

#include "base/cpu_name.h"
#include "base/thread_pool.h"
#include "kernels/isa.h"
#include "machine/words.h"

namespace tern {
namespace {

/// What is said of a test beside its speed.
struct Derived {
  double gops = 0;              ///< 1e9 operations a second
  double share = 0, dense = 0;  ///< of the roofline: of what was read, and of a dense reading
  bool memory_bound = false;
};
Derived derive(const TestResult& line, const MachineLimits& limits) {
  const double speed = line.rates.median();
  const TokenWork& work = line.work;
  return {speed * work.done.operations / 1e9, roofline_share(work.done, speed, limits),
          roofline_share(work.dense, speed, limits), memory_bound(work.done, limits)};
}

double ratio_to(const TestResult& line, const PeerResult& peer) {
  return line.rates.median() / peer.rates.median();
}

std::string machine_table(const SuiteResult& result) {
  std::string header = "| limit |", ruler = "|---|";
  std::string read = "| read, GB/s |";
  for (const MachineLimits& limits : result.limits) {
    header += fmt::format(" {} |", counted(limits.threads, "thread"));
    ruler += "---:|";
    read += fmt::format(" {:.1f} |", limits.read_gbps);
  }
  std::string text = fmt::format("{}, {} threads, kernels of {}\n\n{}\n{}\n{}\n", cpu_name(),
                                 available_threads(), isa_name(active_isa()), header, ruler, read);
  for (size_t i = 0; i < result.limits.front().int8.size(); ++i) {
    text += fmt::format("| int8 {}, GOPS |", result.limits.front().int8[i].instruction);
    for (const MachineLimits& limits : result.limits) text += fmt::format(" {:.0f} |", limits.int8[i].gops);
    text += "\n";
  }
  return text;
}

std::string start_table(const SuiteResult& result) {
  std::string text =
      "\n| model | threads | bits a trit | load, s | first token, ms | peak memory, MB |\n"
      "|---|---:|---:|---:|---:|---:|\n";
  for (const ModelResult& model : result.models) {
    const std::string peak = model.peak_bytes
                                 ? fmt::format("{:.0f}", static_cast<double>(*model.peak_bytes) / 1e6)
                                 : "not measured";
    text += fmt::format("| {} | {} | {} | {:.2f} | {:.0f} | {} |\n", model.name, model.threads, model.packing,
                        model.load_s, 1e3 * model.first_token_s, peak);
  }
  return text;
}

std::string speed_table(const SuiteResult& result) {
  std::string text =
      "\n| model | threads | test | tok/s | spread | MB/token | GOPS | bound by | roofline | dense roofline "
      "|\n"
      "|---|---:|---|---:|---:|---:|---:|---|---:|---:|\n";
  for (const ModelResult& model : result.models) {
    for (const TestResult& line : model.tests) {
      const Derived derived = derive(line, result.limits_of(model.threads));
      text += fmt::format("| {} | {} | {} | {:.2f} | {:.2f} | {:.1f} | {:.1f} | {} | {:.0f}% | {:.0f}% |\n",
                          model.name, model.threads, line.test.name(), line.rates.median(),
                          line.rates.spread(), line.work.done.bytes / 1e6, derived.gops,
                          derived.memory_bound ? "memory" : "int8", 100 * derived.share, 100 * derived.dense);
    }
  }
  return text;
}

std::string percent(uint64_t part, uint64_t of) {
  return of == 0 ? "" : fmt::format("{:.1f}%", 100 * static_cast<double>(part) / static_cast<double>(of));
}

/// Of what exact arithmetic may leave out, how much was read all the same.
std::string skip_table(const SuiteResult& result) {
  std::string text;
  for (const ModelResult& model : result.models) {
    for (const TestResult& line : model.tests) {
      const WeightReads& reads = line.runs.back().reads;
      if (line.test.prompt) continue;
      text += fmt::format("| {} | {} | {} | {} | {} | {} |\n", model.name, model.threads, line.test.name(),
                          percent(reads.up_rows_read, reads.up_rows),
                          percent(reads.down_columns_read, reads.down_columns),
                          percent(reads.head_rows_read, reads.head_rows));
    }
  }
  if (text.empty()) return text;
  return "\n| model | threads | test | rows of up read | columns of down read | rows of the head computed |\n"
         "|---|---:|---|---:|---:|---:|\n" +
         text;
}

std::string peer_table(const SuiteResult& result) {
  std::string text;
  for (const ModelResult& model : result.models) {
    for (const TestResult& line : model.tests) {
      for (const PeerResult& peer : line.peers) {
        text += fmt::format("| {} | {} | {} | ", peer.name, model.threads, line.test.name());
        text += peer.error.empty() ? fmt::format("{:.2f} | {:.2f} | {:.2f} | {:.0f} |\n", peer.rates.median(),
                                                 peer.rates.spread(), ratio_to(line, peer),
                                                 static_cast<double>(peer.peak_bytes) / 1e6)
                                   : fmt::format("failed: {} | | | |\n", peer.error);
      }
    }
  }
  if (text.empty()) return text;
  return "\n| peer | threads | test | tok/s | spread | tern / peer | peak memory, MB |\n"
         "|---|---:|---|---:|---:|---:|---:|\n" +
         text;
}

Json machine_json(const SuiteResult& result) {
  const MachineLimits& one = result.limits_of(1);
  const MachineLimits& all = result.limits_of(available_threads());
  Json limits = Json::array();
  for (const MachineLimits& each : result.limits) limits.push_back(limits_json(each));
  return Json{{"cpu", cpu_name()},
              {"isa", isa_name(active_isa())},
              {"threads", available_threads()},
              {"read_gbps_1t", one.read_gbps},
              {"read_gbps", all.read_gbps},
              {"int8_gops_1t", one.int8_gops()},
              {"int8_gops", all.int8_gops()},
              {"limits", std::move(limits)}};
}

Json peer_json(const TestResult& line, const PeerResult& peer) {
  Json json{{"name", peer.name}, {"model", peer.model}};
  if (!peer.error.empty()) {
    json["failed"] = peer.error;
    return json;
  }
  json["tok_s"] = peer.rates.median();
  json["tok_s_spread"] = peer.rates.spread();
  json["ratio"] = ratio_to(line, peer);
  json["peak_bytes"] = peer.peak_bytes;
  return json;
}

Json test_json(const ModelResult& model, const TestResult& line, const MachineLimits& limits) {
  const Derived derived = derive(line, limits);
  Json json{{"model", model.name},
            {"test", line.test.name()},
            {"threads", model.threads},
            {"tok_s", line.rates.median()},
            {"tok_s_spread", line.rates.spread()},
            {"rounds", line.rates.rounds.size()},
            {"bytes_per_token", line.work.done.bytes},
            {"dense_bytes_per_token", line.work.dense.bytes},
            {"ops_per_token", line.work.done.operations},
            {"dense_ops_per_token", line.work.dense.operations},
            {"gops", derived.gops},
            {"bound", derived.memory_bound ? "memory" : "int8"},
            {"roofline_pct", 100 * derived.share},
            {"roofline_dense_pct", 100 * derived.dense}};
  const auto add_share = [&json](const char* name, uint64_t part, uint64_t of) {
    if (of > 0) json[name] = 100 * static_cast<double>(part) / static_cast<double>(of);
  };
  const WeightReads& reads = line.runs.back().reads;
  add_share("up_rows_read_pct", reads.up_rows_read, reads.up_rows);
  add_share("down_columns_read_pct", reads.down_columns_read, reads.down_columns);
  add_share("head_rows_read_pct", reads.head_rows_read, reads.head_rows);
  if (!line.peers.empty()) {
    Json& peers = json["peers"] = Json::array();
    for (const PeerResult& peer : line.peers) peers.push_back(peer_json(line, peer));
  }
  return json;
}

}  // namespace

std::string suite_tables(const SuiteResult& result) {
  if (result.models.empty()) return machine_table(result);
  return machine_table(result) + start_table(result) + speed_table(result) + skip_table(result) +
         peer_table(result) +
         "\nEvery run of tern was checked: it ended with the bits of the scalar kernels.\n";
}

Json suite_json(const SuiteResult& result) {
  Json models = Json::array(), results = Json::array();
  for (const ModelResult& model : result.models) {
    models.push_back({{"model", model.name},
                      {"threads", model.threads},
                      {"packing", model.packing.empty() ? Json() : Json(model.packing)},
                      {"load_s", model.load_s},
                      {"first_token_s", model.first_token_s},
                      {"peak_bytes", model.peak_bytes ? Json(*model.peak_bytes) : Json()}});
    for (const TestResult& line : model.tests) {
      results.push_back(test_json(model, line, result.limits_of(model.threads)));
    }
  }
  return Json{
      {"machine", machine_json(result)}, {"models", std::move(models)}, {"results", std::move(results)}};
}

}  // namespace tern
