// A hub for tests, on two ports of this machine, that misbehaves as it is told: hub_server FOLDER.
//
// FOLDER/ORG/MODEL/info.json is the answer to /api/models/ORG/MODEL/..., and FOLDER/ORG/MODEL/files/NAME to
// /ORG/MODEL/resolve/COMMIT/NAME, with ranges and ETags. FOLDER/ports gets "A B" once both ports are open,
// and FOLDER/log a line for each answer that has ended. Each request of a file takes the first line off
// FOLDER/ORG/MODEL/faults (api_faults for info.json) and does what it says; a line that begins with * stays.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace {

using Words = std::map<std::string, std::string>;

std::string folder;
int ports[2];
std::mutex mutex;  // of faults and log

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

void replace_all(std::string* text, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = text->find(from, at)) != std::string::npos; at += to.size()) {
    text->replace(at, from.size(), to);
  }
}

/// The next fault of the file at `path`: "status=503|header=Retry-After: 1" as its words.
///   status=N header=LINE location=URL   the head; {A} and {B} are the ports in URL
///   length=TEXT nolength etag=E noetag  what it claims
///   norange start=N noifrange           not at all, from elsewhere, whatever If-Range says: ranges
///   file=NAME                           another file's content
///   break=N only=N extra=N              closes after N bytes; an honest answer of N bytes; N bytes too many
///   drip=MS piece=N                     N bytes, or 1, every MS milliseconds
///   close garbage                       no answer; something that is no HTTP
Words take_fault(const std::string& path) {
  const std::scoped_lock lock(mutex);
  std::istringstream lines(read_file(path));
  std::string line, rest, word;
  if (!std::getline(lines, line)) return {};
  std::ostringstream remaining;
  remaining << lines.rdbuf();
  if (line.starts_with('*')) {
    line.erase(0, 1);
  } else {
    std::ofstream(path, std::ios::trunc) << remaining.str();
  }
  Words words;
  std::istringstream stream(line);
  while (std::getline(stream, word, '|')) {
    const size_t equals = std::min(word.find('='), word.size());
    words[word.substr(0, equals)] = word.substr(std::min(equals + 1, word.size()));
  }
  return words;
}

/// One connection; several requests may follow each other on it.
class Connection {
 public:
  Connection(int fd, char port) : fd_(fd), port_(port) {}
  ~Connection() { ::close(fd_); }
  void serve() {
    while (read_request()) {
      if (!answer()) return;
    }
  }

 private:
  bool read_request() {
    size_t end = 0;
    while ((end = input_.find("\r\n\r\n")) == std::string::npos) {
      char buffer[4096];
      const ssize_t n = ::read(fd_, buffer, sizeof buffer);
      if (n <= 0) return false;
      input_.append(buffer, static_cast<size_t>(n));
    }
    std::istringstream lines(input_.substr(0, end));
    input_.erase(0, end + 4);
    headers_.clear();
    sent_ = 0;
    std::string line;
    std::getline(lines, line);
    std::istringstream(line) >> method_ >> target_;
    while (std::getline(lines, line)) {
      if (line.ends_with('\r')) line.pop_back();
      const size_t colon = line.find(": ");
      if (colon != std::string::npos) headers_[line.substr(0, colon)] = line.substr(colon + 2);
    }
    return true;
  }

  /// False when the connection shall be closed.
  bool answer() {
    const std::string path = unescaped(target_.substr(0, target_.find('?')));
    std::vector<std::string> parts;
    std::istringstream stream(path);
    for (std::string part; std::getline(stream, part, '/');) parts.push_back(part);
    const bool api = parts.size() > 4 && parts[1] == "api";
    if (!api && parts.size() < 6) return error_page();
    const std::string model = folder + "/" + (api ? parts[3] + "/" + parts[4] : parts[1] + "/" + parts[2]);
    Words fault = take_fault(model + (api ? "/api_faults" : "/faults"));
    std::string file = model + "/info.json";
    if (!api) {
      const size_t name = path.find('/', path.find("/resolve/") + 9);
      file = model + "/files" + (fault.count("file") ? "/" + fault["file"] : path.substr(name));
    }
    if (!std::filesystem::is_regular_file(file) && !fault.count("status") && !fault.count("location")) {
      return error_page();
    }
    return answer_file(read_file(file), &fault);
  }

  bool error_page() {
    send_bytes(
        "HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\nX-Error-Message: Entry not found\r\n\r\nnot found");
    log(404);
    return true;
  }

  bool answer_file(const std::string& content, Words* fault) {
    const auto has = [&](const char* word) { return fault->count(word) > 0; };
    const auto number = [&](const char* word) { return std::strtoull((*fault)[word].c_str(), nullptr, 10); };
    if (has("close")) return false;
    if (has("garbage")) {
      send_bytes("SSH-2.0-OpenSSH_9.2\r\n");
      return false;
    }
    const std::string etag =
        has("etag") ? (*fault)["etag"] : "\"" + std::to_string(std::hash<std::string>()(content)) + "\"";
    size_t begin = 0;
    int status = has("location") ? 302 : 200;
    const bool same = !headers_.count("If-Range") || headers_["If-Range"] == etag || has("noifrange");
    if (headers_.count("Range") && !has("norange") && same && status == 200) {
      begin = std::strtoull(headers_["Range"].c_str() + 6, nullptr, 10);
      status = begin < content.size() ? 206 : 416;
      if (has("start")) begin = number("start");
    }
    if (has("status")) status = static_cast<int>(number("status"));
    std::string body = status == 200 || status == 206 ? content.substr(begin) : "an error page";
    if (has("only")) body.resize(std::min<size_t>(body.size(), number("only")));

    std::string head = "HTTP/1.1 " + std::to_string(status) + " Whatever\r\n";
    if (status == 206) {
      head += "Content-Range: bytes " + std::to_string(begin) + "-" +
              std::to_string(begin + body.size() - 1) + "/" + std::to_string(content.size()) + "\r\n";
    }
    if (has("location")) head += "Location: " + (*fault)["location"] + "\r\n";
    if (has("header")) head += (*fault)["header"] + "\r\n";
    if (!has("noetag")) head += "ETag: " + etag + "\r\n";
    if (!has("nolength")) {
      head +=
          "Content-Length: " + (has("length") ? (*fault)["length"] : std::to_string(body.size())) + "\r\n";
    }
    for (const int i : {0, 1}) replace_all(&head, i == 0 ? "{A}" : "{B}", std::to_string(ports[i]));
    if (!send_bytes(head + "\r\n")) return false;
    sent_ = 0;
    if (has("extra")) body.append(number("extra"), 'x');
    if (has("break")) body.resize(std::min<size_t>(body.size(), number("break")));
    const size_t piece = has("piece") ? number("piece") : 1;
    const bool all = has("drip") ? drip(body, piece, number("drip")) : send_bytes(body);
    log(status);
    return all && !has("break") && !has("nolength") && !has("length") && !has("extra");
  }

  bool drip(std::string_view body, size_t piece, uint64_t milliseconds) {
    for (; !body.empty(); body.remove_prefix(std::min(piece, body.size()))) {
      if (!send_bytes(body.substr(0, piece))) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    }
    return true;
  }

  bool send_bytes(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_, bytes.data(), std::min<size_t>(bytes.size(), 16384), MSG_NOSIGNAL);
      if (n <= 0) return false;
      sent_ += static_cast<uint64_t>(n);
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return true;
  }

  std::string unescaped(const std::string& text) {
    std::string result;
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '%' && i + 2 < text.size()) {
        result += static_cast<char>(std::strtol(text.substr(i + 1, 2).c_str(), nullptr, 16));
        i += 2;
      } else {
        result += text[i];
      }
    }
    return result;
  }

  void log(int status) {
    const std::scoped_lock lock(mutex);
    std::ofstream(folder + "/log", std::ios::app)
        << port_ << ' ' << method_ << ' ' << target_ << " status=" << status << " range=" << headers_["Range"]
        << " if-range=" << headers_["If-Range"] << " auth=" << headers_["Authorization"] << " sent=" << sent_
        << std::endl;
  }

  int fd_;
  char port_;
  std::string input_, method_, target_;
  Words headers_;
  uint64_t sent_ = 0;
};

int listen_somewhere(int* port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), length) != 0 || ::listen(fd, 64) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    std::exit(1);
  }
  *port = ntohs(address.sin_port);
  return fd;
}

void accept_forever(int fd, char name) {
  while (true) {
    const int connection = ::accept(fd, nullptr, nullptr);
    if (connection >= 0) std::thread([=] { Connection(connection, name).serve(); }).detach();
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  folder = argv[1];
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // ends with the test, however that ends
  const int a = listen_somewhere(&ports[0]), b = listen_somewhere(&ports[1]);
  std::ofstream(folder + "/ports.new") << ports[0] << ' ' << ports[1] << std::endl;
  std::filesystem::rename(folder + "/ports.new", folder + "/ports");
  std::thread(accept_forever, b, 'B').detach();
  accept_forever(a, 'A');
}
