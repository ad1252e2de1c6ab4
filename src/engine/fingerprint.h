#pragma once
#include <cstdint>
#include <string>

#include "base/thread_pool.h"
#include "models/model.h"
#include "models/model_file.h"

namespace tern {

/// Every number of a config on which keys, values or logits depend: two configs with one text compute alike.
std::string config_meaning(const ModelConfig& config);

/// What keys and values of a text depend on, in 64 bits: the config, how the file is read, every byte of
/// every tensor, and the options that change bits. Two models that differ in one trit have two fingerprints;
/// so has one model in two formats. Reads the whole file (base/checksum.h), whose pages are given back.
uint64_t model_fingerprint(const ModelFile& file, const LoadOptions& options, ThreadPool* pool);

}  // namespace tern
