// tern convert: a model in another format or packing.
#include <memory>

#include "apps/tern/command.h"
#include "apps/tern/model_options.h"
#include "apps/tern/name_table.h"
#include "apps/tern/output.h"
#include "apps/tern/progress_bar.h"
#include "apps/tern/ranges.h"
#include "base/log.h"
#include "convert/convert.h"

namespace tern {
namespace {

constexpr const char* kExamples = R"(Examples:
  tern convert model.gguf packed --to hf-packed
  tern convert packed tq2.gguf --to gguf --type tq2_0
  tern convert model.gguf masters --to hf-bf16 --dry-run)";

struct ConvertFlags {
  std::string input, output;
  std::string to, type, layout, head, arch_name;
  OpenOptions open;
  bool strict = false, dry_run = false, json = false, force = false;
};

constexpr std::pair<const char*, ConvertTarget> kTargets[] = {{"hf-packed", ConvertTarget::kHfPacked},
                                                              {"hf-bf16", ConvertTarget::kHfMasters},
                                                              {"gguf", ConvertTarget::kGguf}};
constexpr std::pair<const char*, DType> kTypes[] = {
    {"i2_s", DType::kI2_S}, {"tq1_0", DType::kTQ1_0}, {"tq2_0", DType::kTQ2_0}};
constexpr std::pair<const char*, DType> kHeads[] = {
    {"f16", DType::kF16}, {"bf16", DType::kBF16}, {"q8_0", DType::kQ8_0}, {"q6_k", DType::kQ6_K}};

std::string_view making_name(Making making) {
  switch (making) {
    case Making::kCopy:
      return "copied";
    case Making::kRecode:
      return "recoded";
    case Making::kTrits:
      return "trits";
    case Making::kScale:
      return "scale";
    case Making::kMasters:
      return "masters";
  }
  return "";
}

Result<ConvertOptions> parse_options(const ConvertFlags& flags) {
  ConvertOptions options;
  options.to = value_of(kTargets, flags.to);
  options.open = flags.open;
  const bool gguf = options.to == ConvertTarget::kGguf;
  for (const auto& [name, value] : {std::pair("--type", &flags.type), {"--layout", &flags.layout}}) {
    if (!gguf && !value->empty()) {
      return fail(ErrorCode::kInvalidArgument, "{} is for --to gguf, not {}", name, flags.to);
    }
  }
  if (!flags.type.empty()) options.gguf_type = value_of(kTypes, flags.type);
  if (!flags.layout.empty()) {
    if (options.gguf_type != DType::kI2_S) {
      return fail(ErrorCode::kInvalidArgument, "--layout is for --type i2_s, not {}", flags.type);
    }
    options.layout = *i2s_layout_by_name(flags.layout);  // as CLI11 has checked
  }
  if (!flags.head.empty()) options.head = value_of(kHeads, flags.head);
  if (!flags.arch_name.empty()) options.arch_name = flags.arch_name;
  return options;
}

Json remarks_json(const std::vector<Remark>& remarks) {
  Json list = Json::array();
  for (const Remark& remark : remarks) list.push_back({{"text", remark.text}, {"tensors", remark.tensors}});
  return list;
}

Json plan_json(const ModelFile& file, const ConvertPlan& plan, const ConvertFlags& flags) {
  Json tensors = Json::array();
  for (const PlannedTensor& tensor : plan.tensors) {
    const TensorEntry& from = *file.find(*tensor.spec);
    tensors.push_back({{"name", tensor.name},
                       {"dtype", dtype_info(tensor.dtype).name},
                       {"shape", tensor.shape},
                       {"from", from.name},
                       {"from_dtype", dtype_info(from.dtype).name},
                       {"making", making_name(tensor.making)}});
  }
  return {{"input", flags.input},
          {"output", flags.output},
          {"to", flags.to},
          {"written", !flags.dry_run},
          {"bytes", plan.bytes()},
          {"exact_scales", plan.exact_scales},
          {"lossless", plan.losses.empty()},
          {"losses", remarks_json(plan.losses)},
          {"notes", remarks_json(plan.notes)},
          {"warnings", file.warnings()},
          {"tensors", std::move(tensors)}};
}

void print_table(const ModelFile& file, const ConvertPlan& plan) {
  size_t width = 0;
  for (const PlannedTensor& tensor : plan.tensors) width = std::max(width, tensor.name.size());
  print(fmt::format("{:{}}  {:6} {:6}  {:8}  {}\n", "tensor", width, "from", "to", "", "shape"));
  for (const PlannedTensor& tensor : plan.tensors) {
    print(fmt::format("{:{}}  {:6} {:6}  {:8}  {}\n", tensor.name, width,
                      dtype_info(file.find(*tensor.spec)->dtype).name, dtype_info(tensor.dtype).name,
                      making_name(tensor.making), fmt::join(tensor.shape, " x ")));
  }
}

std::string remark_text(const Remark& remark) {
  if (remark.tensors.empty()) return remark.text;
  const size_t more = remark.tensors.size() - 1;
  return fmt::format("{}{}: {}", remark.tensors.front(), more > 0 ? fmt::format(" and {} more", more) : "",
                     remark.text);
}

/// What a user should know before using the output, whether it is written or not.
void say(const ModelFile& file, const ConvertPlan& plan) {
  for (const std::string& warning : file.warnings()) log_warning(warning);
  for (const Remark& loss : plan.losses) log_warning(remark_text(loss));
  for (const Remark& note : plan.notes) log_info(printable(remark_text(note)));
}

Status convert(const ConvertFlags& flags) {
  TERN_ASSIGN(const ConvertOptions options, parse_options(flags));
  TERN_TRY(check_output(flags.input, flags.output, options, flags.force));
  TERN_ASSIGN(const auto file, ModelFile::open(flags.input, flags.open));
  ThreadPool pool(available_threads());
  TERN_ASSIGN(const ConvertPlan plan,
              plan_conversion(*file, options, &pool, ProgressBar("reading trits").progress()));
  if (flags.strict) TERN_TRY(check_lossless(plan));
  if (!flags.json) say(*file, plan);
  if (!flags.dry_run) {
    TERN_TRY(write_conversion(*file, plan, flags.output, flags.force ? IfThere::kReplace : IfThere::kRefuse,
                              &pool, ProgressBar("writing").progress()));
  }
  if (flags.json) {
    print(dump_json(plan_json(*file, plan, flags), 2) + "\n");
  } else {
    if (flags.dry_run) print_table(*file, plan);
    print(fmt::format("{}: {} tensors, {:.1f} MB{}\n", flags.output, plan.tensors.size(),
                      static_cast<double>(plan.bytes()) / 1e6, flags.dry_run ? ", not written" : ""));
  }
  return {};
}

}  // namespace

CommandAction add_convert(CLI::App& app) {
  const auto flags = std::make_shared<ConvertFlags>();
  app.add_option("IN", flags->input, "GGUF file or Hugging Face folder")
      ->required()
      ->check(not_empty())
      ->type_name("MODEL");
  app.add_option("OUT", flags->output, "File or folder to write")
      ->required()
      ->check(not_empty())
      ->type_name("PATH");
  app.add_option("--to", flags->to,
                 "hf-packed: folder with trits; hf-bf16: folder with masters, for training; gguf: file")
      ->required()
      ->check(CLI::IsMember(names_of(kTargets)));
  app.add_option("--type", flags->type, "GGUF type of ternary linears; i2_s when not given")
      ->check(CLI::IsMember(names_of(kTypes)));
  app.add_option("--layout", flags->layout, "I2_S layout that the reader wants; published when not given")
      ->check(CLI::IsMember(i2s_layout_names()));
  app.add_option("--head", flags->head, "Type of embedding and head; unchanged when not given")
      ->check(CLI::IsMember(names_of(kHeads)));
  app.add_option("--arch-name", flags->arch_name,
                 "GGUF architecture name: bitnet-b1.58, bitnet-25, bitnet, llama")
      ->check(not_empty())
      ->type_name("NAME");
  app.add_flag("--strict", flags->strict,
               "Refuse what the output cannot hold exactly in its standard fields");
  app.add_flag("--dry-run", flags->dry_run, "Show what would be written");
  app.add_flag("--force", flags->force, "Overwrite an existing file");
  app.add_flag("--json", flags->json, "Print the plan as JSON");
  add_open_options(app, &flags->open);
  app.footer(kExamples);
  return [flags] { return convert(*flags); };
}

}  // namespace tern
