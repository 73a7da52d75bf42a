#include "net/log_sink.hpp"

#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <string>

#include "protocol/json_text.hpp"

namespace ability {

namespace {

constexpr std::size_t max_queued_lines = 8'192;

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

// The pattern has opened the object with the time.
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
  logger = std::make_shared<spdlog::async_logger>("abilityd", std::make_shared<spdlog::sinks::stderr_sink_mt>(),
                                                  spdlog::thread_pool(), spdlog::async_overflow_policy::overrun_oldest);
  logger->set_pattern(format == log_format::json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ",%v)" : "%Y-%m-%dT%H:%M:%S.%eZ %v",
                      spdlog::pattern_time_type::utc);
  logger->set_level(spdlog::level::trace);
  set_log(&write, lowest);
}

void flush_log() {
  set_log(nullptr, log_level::error);
  logger.reset();
  spdlog::shutdown();
}

}  // namespace ability
