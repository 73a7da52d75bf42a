/// A private redis-server for tests, and a plain client of it.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/redis/redis_words.hpp"

namespace ability::test {

/// A TCP port of 127.0.0.1 that was free a moment ago, outside of the kernel's range for outgoing connections: a server
/// that ended there can bind it again.
inline std::uint16_t free_port() {
  static std::minstd_rand numbers{std::random_device{}()};
  std::uniform_int_distribution<std::uint16_t> any{10'000, 32'767};
  for (;;) {
    const boost::asio::ip::tcp::endpoint where{boost::asio::ip::address_v4::loopback(), any(numbers)};
    boost::asio::io_context io;
    boost::asio::ip::tcp::acceptor probe{io, where.protocol()};
    boost::system::error_code taken;
    probe.bind(where, taken);
    if (!taken)
      return where.port();
  }
}

/// A redis-server on a loopback port, without persistence. It ends with the object, and with the thread that made it.
class redis_process {
public:
  /// Returns once the server accepts connections. Throws `std::runtime_error` if there is no redis-server or it fails.
  explicit redis_process(const std::vector<std::string>& options = {}, std::uint16_t port = 0) {
    // Another process may take a free port first.
    for (int tries = 0; tries < 5; ++tries) {
      port_ = port != 0 ? port : free_port();
      if (start(options))
        return;
    }
    throw std::runtime_error{"redis-server does not start"};
  }
  redis_process(const redis_process&) = delete;
  redis_process& operator=(const redis_process&) = delete;
  ~redis_process() { kill(); }

  std::uint16_t port() const { return port_; }

  void send_signal(int number) const { ::kill(pid_, number); }

  /// Ends the server as a crash would.
  void kill() {
    if (pid_ < 0)
      return;
    send_signal(SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    ::close(log_);
    pid_ = -1;
  }

private:
  static std::string binary() {
    std::istringstream path{::getenv("PATH")};
    for (std::string folder; std::getline(path, folder, ':');)
      if (auto file = folder + "/redis-server"; ::access(file.c_str(), X_OK) == 0)
        return file;
    throw std::runtime_error{"no redis-server in PATH: install the package redis-server"};
  }

  bool start(const std::vector<std::string>& options) {
    const auto folder = std::filesystem::temp_directory_path().string();
    std::vector<std::string> words{
        binary(), "--port", std::to_string(port_), "--bind", "127.0.0.1",    "--save", "", "--appendonly", "no",
        "--dir",  folder,   "--daemonize",         "no",     "--maxclients", "64"};
    words.insert(words.end(), options.begin(), options.end());
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (auto& word : words)
      arguments.push_back(word.data());
    arguments.push_back(nullptr);
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
      throw std::runtime_error{"no pipe"};
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::dup2(ends[1], STDOUT_FILENO);
      ::dup2(ends[1], STDERR_FILENO);
      ::execv(arguments[0], arguments.data());
      ::_exit(127);
    }
    ::close(ends[1]);
    log_ = ends[0];
    if (reads("Ready to accept connections"))
      return true;
    kill();
    return false;
  }

  /// True if the server logs `text` before it ends or is silent for 10 s.
  bool reads(std::string_view text) const {
    std::string log;
    char bytes[4096];
    for (pollfd wait{log_, POLLIN, 0}; ::poll(&wait, 1, 10'000) == 1;) {
      const auto size = ::read(log_, bytes, sizeof bytes);
      if (size <= 0)
        return false;
      if (log.append(bytes, static_cast<std::size_t>(size)).find(text) != std::string::npos)
        return true;
    }
    return false;
  }

  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
  int log_ = -1;
};

/// A client that sends one command and waits for its answer. Errors throw.
class redis_client {
public:
  explicit redis_client(const redis_process& server) {
    socket_.connect({boost::asio::ip::address_v4::loopback(), server.port()});
  }

  /// The answer: one line, or a text of any number of lines.
  std::string run(std::initializer_list<std::string_view> words) {
    boost::asio::write(socket_, boost::asio::buffer(redis_command(words)));
    auto answer = take(boost::asio::read_until(socket_, boost::asio::dynamic_buffer(received_), "\r\n"));
    if (!answer.starts_with('$') || answer.starts_with("$-1"))
      return answer;
    const auto size = static_cast<std::size_t>(std::stoul(answer.substr(1))) + 2;
    if (received_.size() < size)
      boost::asio::read(socket_, boost::asio::dynamic_buffer(received_),
                        boost::asio::transfer_exactly(size - received_.size()));
    return take(size);
  }

  void publish(std::string_view channel, std::string_view text) { run({"PUBLISH", channel, text}); }

private:
  std::string take(std::size_t size) {
    auto result = received_.substr(0, size);
    received_.erase(0, size);
    return result;
  }

  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket socket_{io_};
  std::string received_;
};

}  // namespace ability::test
