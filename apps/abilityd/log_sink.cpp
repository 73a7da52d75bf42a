#include "apps/abilityd/log_sink.hpp"

#include <poll.h>
#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <memory>
#include <string>
#include <thread>

#include "protocol/json/json_text.hpp"

namespace ability {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t max_queued_lines = 8'192;
constexpr int poll_limit_ms = 50;  // milliseconds

// Writer to standard error, which may be a stalled pipe: it never blocks without checking its deadline.
class standard_error final : public spdlog::sinks::base_sink<std::mutex> {
public:
  /// Sets the deadline; from then on, lines that cannot be written at once are lost.
  void give_up_at(clock::time_point when) noexcept { until_.store(when.time_since_epoch().count()); }

  /// True while a line is being written.
  bool is_busy() const noexcept { return busy_.load(); }

protected:
  void sink_it_(const spdlog::details::log_msg& line) override {
    spdlog::memory_buf_t text;
    formatter_->format(line, text);
    busy_.store(true);
    write({text.data(), text.size()});
    busy_.store(false);
  }
  void flush_() override {}

private:
  void write(std::string_view text) const {
    while (!text.empty() && wait()) {
      // A writable pipe accepts this many bytes without blocking.
      const auto put = ::write(STDERR_FILENO, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
      if (put < 0 && errno != EINTR && errno != EAGAIN)
        return;
      text.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(put, 0)));
    }
  }

  // Waits until standard error is writable; false once the deadline has passed.
  bool wait() const {
    pollfd ready{STDERR_FILENO, POLLOUT, 0};
    for (;;) {
      const bool is_late = clock::now().time_since_epoch().count() >= until_.load();
      if (::poll(&ready, 1, is_late ? 0 : poll_limit_ms) > 0)
        return true;
      if (is_late)
        return false;
    }
  }

  std::atomic<clock::rep> until_{clock::time_point::max().time_since_epoch().count()};
  std::atomic<bool> busy_{false};
};

std::shared_ptr<standard_error> sink;
std::shared_ptr<spdlog::async_logger> logger;
log_format current_format = log_format::text;

bool needs_quotes(std::string_view value) {
  return value.empty() ||
         std::ranges::any_of(value, [](unsigned char c) { return c <= ' ' || c == '"' || c == '=' || c >= 0x7f; });
}

std::string text_line(log_level level, std::string_view message, std::initializer_list<log_field> fields) {
  std::string line{name_of(level)};
  line.resize(6, ' ');
  line += message;
  for (const auto& field : fields) {
    line.append(1, ' ').append(field.key).append(1, '=');
    if (needs_quotes(field.value))
      append_json_string(line, field.value);
    else
      line += field.value;
  }
  return line;
}

// The logger's pattern has already opened the object and written the time.
std::string json_line(log_level level, std::string_view message, std::initializer_list<log_field> fields) {
  std::string line{R"("level":")"};
  line.append(name_of(level)).append(R"(","message":)");
  append_json_string(line, message);
  for (const auto& field : fields) {
    line += ',';
    append_json_string(line, field.key);
    line += ':';
    if (field.value.is_number())
      line += field.value;
    else
      append_json_string(line, field.value);
  }
  return line + '}';
}

void write(log_level level, std::string_view message, std::initializer_list<log_field> fields) {
  logger->info(current_format == log_format::json ? json_line(level, message, fields)
                                                  : text_line(level, message, fields));
}

}  // namespace

void log_to_stderr(log_format format, log_level lowest) {
  current_format = format;
  spdlog::init_thread_pool(max_queued_lines, 1);
  sink = std::make_shared<standard_error>();
  logger = std::make_shared<spdlog::async_logger>("abilityd", sink, spdlog::thread_pool(),
                                                  spdlog::async_overflow_policy::overrun_oldest);
  logger->set_pattern(format == log_format::json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ",%v)" : "%Y-%m-%dT%H:%M:%S.%eZ %v",
                      spdlog::pattern_time_type::utc);
  logger->set_level(spdlog::level::trace);
  set_log(&write, lowest);
}

void flush_log(std::chrono::milliseconds limit) {
  set_log(nullptr, log_level::error);
  if (sink == nullptr)
    return;
  sink->give_up_at(clock::now() + limit);
  logger.reset();
  spdlog::shutdown();
}

void flush_log_at_last(std::chrono::milliseconds limit) {
  const auto until = clock::now() + limit;
  const auto queue = spdlog::thread_pool();
  while (queue != nullptr && clock::now() < until && (queue->queue_size() > 0 || sink->is_busy()))
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
}

std::size_t lost_log_lines() {
  const auto pool = spdlog::thread_pool();
  return pool == nullptr ? 0 : pool->overrun_counter();
}

}  // namespace ability
