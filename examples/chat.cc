// A conversation: ./chat MODEL
#include <tern/tern.h>

#include <iostream>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: chat MODEL\n";
    return 2;
  }
  try {
    const tern::Model model(argv[1]);
    tern::Session session(model);
    std::vector<tern::Message> messages;
    tern::GenerateOptions options;
    options.max_tokens = 256;
    options.temperature = 0.7f;
    options.top_p = 0.9f;

    std::string line;
    while (std::cout << "> " << std::flush && std::getline(std::cin, line)) {
      messages.push_back({"user", line});
      // The whole conversation is given each time; what the session has of it is not computed again.
      session.reset();
      session.append(model.chat_tokens(messages));
      const auto answer =
          session.generate(options, [](std::string_view text) { std::cout << text << std::flush; });
      std::cout << std::endl;
      messages.push_back({"assistant", answer.text});
      std::clog << answer.prompt_tokens - answer.cached_tokens << " tokens read, " << answer.ids.size()
                << " written\n";
    }
    std::cout << "\n";
  } catch (const tern::Error& error) {
    std::cerr << "error (" << error.name() << "): " << error.what() << "\n";
    return 1;
  }
}
