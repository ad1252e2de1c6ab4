// Which of several endings does a model find likeliest? ./score MODEL QUESTION ENDING ENDING..
#include <tern/tern.h>

#include <cstdio>
#include <vector>

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fputs("usage: score MODEL QUESTION ENDING ENDING..\n", stderr);
    return 2;
  }
  try {
    const tern::Model model(argv[1]);
    const std::vector<int32_t> question = model.tokenize(argv[2]);
    std::vector<std::vector<int32_t>> endings;
    for (int i = 3; i < argc; ++i) endings.push_back(model.tokenize(argv[i], 0));

    std::vector<tern::ScoreRequest> requests;
    for (const auto& ending : endings) requests.push_back({question, ending});  // the question is run once
    const std::vector<tern::Score> scores = model.score(requests);

    size_t best = 0;
    for (size_t i = 0; i < scores.size(); ++i) {
      std::printf("%9.4f  %s%s\n", scores[i].total, argv[3 + i],
                  scores[i].greedy ? "  (what it would say)" : "");
      if (scores[i].total > scores[best].total) best = i;
    }
    std::printf("likeliest: %s\n", argv[3 + best]);
  } catch (const tern::Error& error) {
    std::fprintf(stderr, "error (%s): %s\n", error.name(), error.what());
    return 1;
  }
}
