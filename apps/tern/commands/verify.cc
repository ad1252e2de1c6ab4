// tern verify: are two files the same model?
#include <memory>

#include "apps/tern/command.h"
#include "apps/tern/model_options.h"
#include "apps/tern/output.h"
#include "apps/tern/progress_bar.h"
#include "base/log.h"
#include "convert/verify.h"

namespace tern {
namespace {

constexpr const char* kExamples = R"(Examples:
  tern verify model.gguf folder
  tern verify model.gguf folder --weights-only --json
  tern verify model.gguf other.gguf --b-i2s-layout published

The exit code is 0 for the same model and 1 for another one.)";

struct VerifyFlags {
  std::string a, b;
  OpenOptions open_a, open_b;
  VerifyOptions options;
  bool json = false;
};

Json report_json(const VerifyFlags& flags, const VerifyReport& report) {
  Json differences = Json::array();
  for (const Difference& difference : report.differences) {
    Json json{{"what", difference.what},
              {"where", difference.where},
              {"a", difference.a},
              {"b", difference.b},
              {"text", difference.text}};
    if (difference.count > 0) {
      json["count"] = difference.count;
      json["row"] = difference.row;
      json["column"] = difference.column;
      json["max_abs"] = difference.max_abs;
    }
    differences.push_back(std::move(json));
  }
  return Json{{"a", flags.a},
              {"b", flags.b},
              {"same", report.same()},
              {"differences", std::move(differences)},
              {"remarks", report.remarks},
              {"compared", Json{{"ternary_tensors", report.ternary_tensors},
                                {"trits", report.trits},
                                {"float_tensors", report.float_tensors},
                                {"values", report.values}}}};
}

void print_report(const VerifyReport& report) {
  for (const Difference& difference : report.differences)
    print(printable(fmt::format("{}: {}: {}", difference.what, difference.where, difference.text)) + "\n");
  for (const std::string& remark : report.remarks) print(printable("note: " + remark) + "\n");
  print(fmt::format(
      "compared {} ternary tensors ({} trits) and {} others ({} values): {}\n", report.ternary_tensors,
      report.trits, report.float_tensors, report.values,
      report.same() ? "the same model" : fmt::format("{} differences", report.differences.size())));
}

Status verify(const VerifyFlags& flags) {
  TERN_ASSIGN(const auto a, ModelFile::open(flags.a, flags.open_a));
  TERN_ASSIGN(const auto b, ModelFile::open(flags.b, flags.open_b));
  for (const auto& [path, file] : {std::pair(&flags.a, &a), {&flags.b, &b}}) {
    for (const std::string& warning : (*file)->warnings()) log_warning(fmt::format("{}: {}", *path, warning));
  }
  ThreadPool pool(available_threads());
  TERN_ASSIGN(const VerifyReport report,
              verify_models(*a, *b, flags.options, &pool, ProgressBar("comparing").progress()));
  if (flags.json) {
    print(dump_json(report_json(flags, report), 2) + "\n");
  } else {
    print_report(report);
  }
  if (report.same()) return {};
  return fail(ErrorCode::kDifferent, "{} and {} are not the same model", flags.a, flags.b);
}

}  // namespace

CommandAction add_verify(CLI::App& app) {
  const auto flags = std::make_shared<VerifyFlags>();
  app.add_option("A", flags->a, "GGUF file or Hugging Face folder")->required()->type_name("MODEL");
  app.add_option("B", flags->b, "Another one")->required()->type_name("MODEL");
  app.add_flag("--weights-only", flags->options.weights_only,
               "Compare neither tokenizers nor chat templates nor ends of text");
  app.add_flag("--json", flags->json, "Print one JSON object");
  add_open_options(app, &flags->open_a, "a-");
  add_open_options(app, &flags->open_b, "b-");
  app.footer(kExamples);
  return [flags] { return verify(*flags); };
}

}  // namespace tern
