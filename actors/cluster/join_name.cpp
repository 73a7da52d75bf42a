#include "actors/cluster/join_name.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <utility>

namespace ability {

namespace {

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& each : texts)
    all += (all.empty() ? "" : ",") + each;
  return all;
}

}  // namespace

bool names_host(const std::string& address) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  const auto host = address.substr(0, address.rfind(':'));
  return !host.starts_with('[') && ::inet_pton(AF_INET, host.c_str(), bytes.data()) != 1;
}

bool join_name::has(std::string_view address) const {
  return std::ranges::find(addresses_, address) != addresses_.end();
}

bool join_name::begin() noexcept { return !std::exchange(under_way_, true); }

std::chrono::milliseconds join_name::end(bool alone) {
  under_way_ = false;
  tried_ = true;
  delay_ = alone ? std::min<std::chrono::milliseconds>(2 * delay_, soonest) : again;
  return delay_;
}

std::vector<std::string> join_name::use(std::vector<std::string> addresses) {
  std::ranges::sort(addresses);
  const auto repeated = std::ranges::unique(addresses);
  addresses.erase(repeated.begin(), repeated.end());
  const auto left_out = addresses.size() - std::min(addresses.size(), max_addresses);
  addresses.resize(addresses.size() - left_out);
  if (addresses != addresses_)
    log(log_level::info, "name resolved", {{"name", name_}, {"addresses", joined(addresses)}, {"left_out", left_out}});
  return std::exchange(addresses_, std::move(addresses));
}

void join_name::log_change(log_level level, std::string_view message, std::initializer_list<log_field> fields) {
  std::string line{message};
  for (const auto& each : fields)
    line.append(each.key).append(each.value);
  if (std::exchange(logged_, line) != line)
    log(level, message, fields);
}

}  // namespace ability
