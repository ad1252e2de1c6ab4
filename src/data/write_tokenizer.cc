#include "data/write_tokenizer.h"

#include "base/mmap.h"
#include "base/temporary.h"
#include "tokenizer/chat_template.h"
#include "tokenizer/export_hf.h"

namespace tern {
namespace {

Status write_json(const std::string& path, const Json& json, IfThere if_there) {
  TERN_ASSIGN(AtomicFile file, AtomicFile::create(path));
  TERN_TRY(file.write(dump_json(json) + "\n"));
  return file.commit(if_there);
}

}  // namespace

Status write_tokenizer(const std::string& path, const TokenizerSpec& spec, IfThere if_there) {
  const std::string config = fmt::format("{}/tokenizer_config.json", folder_of(path));
  for (const std::string& file : {path, config}) {
    if (if_there == IfThere::kReplace || !path_exists(file)) continue;
    return fail(ErrorCode::kInvalidArgument, "{}: exists; --force overwrites it", file);
  }
  TERN_ASSIGN(const Json json, tokenizer_json(spec));
  TERN_TRY(write_json(config, tokenizer_config_json(spec, kBitnetChatTemplate, {}), if_there));
  return write_json(path, json, if_there);
}

}  // namespace tern
