#include "net/redis/redis_server_info.hpp"

namespace ability {

namespace {

// The value of a line `KEY:VALUE`; empty: there is none.
std::string_view value_of(std::string_view text, std::string_view key) {
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find("\r\n", at);
    const auto line = text.substr(at, end == std::string_view::npos ? end : end - at);
    if (line.size() > key.size() && line.starts_with(key) && line[key.size()] == ':')
      return line.substr(key.size() + 1);
    at = end == std::string_view::npos ? text.size() : end + 2;
  }
  return {};
}

}  // namespace

std::optional<redis_server_info> read_server_info(std::string_view text) {
  const auto run_id = value_of(text, "run_id");
  if (run_id.empty())
    return std::nullopt;
  const auto replication_id = value_of(text, "master_replid");
  return redis_server_info{.run_id = std::string{run_id},
                           .replication_id = std::string{replication_id.empty() ? run_id : replication_id},
                           .is_master = value_of(text, "role") == "master",
                           .is_loading = value_of(text, "loading") == "1",
                           .is_cluster = value_of(text, "cluster_enabled") == "1"};
}

}  // namespace ability
