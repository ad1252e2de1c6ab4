// Ten lines: ./newcomer model.gguf "The capital of France is"
#include <tern/tern.h>

#include <cstdio>

int main(int argc, char** argv) {
  if (argc != 3) return std::puts("usage: newcomer MODEL PROMPT"), 2;
  tern::Model model(argv[1]);
  tern::Session session(model);
  session.append(argv[2]);
  std::puts(session.generate({.max_tokens = 32}).text.c_str());
}
