// A sampler of one's own: text without the letter E. ./sampler MODEL PROMPT
#include <tern/tern.h>

#include <cstdio>
#include <string>

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: sampler MODEL PROMPT\n", stderr);
    return 2;
  }
  try {
    const tern::Model model(argv[1]);
    tern::Session session(model);
    session.append(argv[2]);
    tern::GenerateOptions options;
    options.max_tokens = 24;
    options.sampler = [&model](std::span<const float> logits, std::span<const int32_t>) {
      std::optional<int32_t> best;
      for (int32_t id = 0; id < static_cast<int32_t>(logits.size()); ++id) {
        if (best && logits[static_cast<size_t>(id)] <= logits[static_cast<size_t>(*best)]) continue;
        // Only tokens that could win are looked at.
        const std::string text = model.detokenize({&id, 1});
        if (text.find_first_of("eE") == std::string::npos) best = id;
      }
      return best;  // nothing ends the answer
    };
    session.generate(options, [](std::string_view text) {
      std::fwrite(text.data(), 1, text.size(), stdout);
      std::fflush(stdout);
    });
    std::puts("");
  } catch (const tern::Error& error) {
    std::fprintf(stderr, "error (%s): %s\n", error.name(), error.what());
    return 1;
  }
}
