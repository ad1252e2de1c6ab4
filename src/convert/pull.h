#pragma once
// Models from a hub that speaks Hugging Face's protocol (docs/cli.md, "tern pull").
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "convert/hub_fetch.h"
#include "net/http_client.h"

namespace tern {

struct PullOptions {
  std::string repo;                ///< "ORG/MODEL"
  std::vector<std::string> files;  ///< names in the repository; empty: the model (select_hub_files())
  std::string revision = "main";
  std::string endpoint;  ///< empty: $HF_ENDPOINT, else https://huggingface.co
  std::string cache;     ///< pull_cache_folder()
  std::string output;    ///< a folder to put the files in instead of the cache; empty: the cache
  bool force = false;    ///< fetch again what is there, and replace what has another content
  HttpOptions http;
};

struct PulledFile {
  std::string name;
  FetchedFile file;
};

struct PullResult {
  std::string path;  ///< what `-m` takes: the one file, or the folder of several
  std::string commit;
  std::vector<PulledFile> files;
};

/// Lists the repository, chooses and fetches. kNetwork, kNotFound, kAmbiguous, kBadFile (what came is not
/// what was promised), kIo, kInterrupted; a token is read from the environment and is in no message.
Result<PullResult> pull_model(const PullOptions& options);

/// $HF_TOKEN, else what ~/.cache/huggingface/token holds; empty when there is none. kInvalidArgument when it
/// is not of characters that tokens have.
Result<std::string> hub_token();

/// For tests: TERN_NET_BACKOFF_MS is RetryPolicy::base, TERN_NET_STALL_S is HttpOptions::stall_timeout. And
/// for all: SSL_CERT_FILE is HttpOptions::ca_file.
HttpOptions http_options_from_environment(std::string user_agent);

}  // namespace tern
