#pragma once
// What a file that Tern does not read may be, and how to get one that it reads. Internal to src/io.
#include <cstdint>
#include <span>
#include <string>

namespace tern::internal {

/// Says of an element type id that Tern does not read what it may be and what to do: "39 is MXFP4 of
/// llama.cpp or TL2 of bitnet.cpp, by its size the first; ..". Forks gave some ids twice, so the size helps:
/// `room` bytes lie between the tensor's offset and what follows. `readable` lists the types that Tern reads.
std::string explain_gguf_type(uint32_t id, std::span<const uint64_t> shape, uint64_t room, uint64_t alignment,
                              const std::string& readable);

/// Says what a file is that does not start with 'GGUF', by its first bytes, and what to do.
std::string explain_no_gguf(std::span<const uint8_t> start);

}  // namespace tern::internal
