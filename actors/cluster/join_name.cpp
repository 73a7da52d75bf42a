// Configured addresses with a host name: look-ups and their results.
#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <caf/send.hpp>
#include <utility>

#include "actors/cluster/cluster.hpp"
#include "actors/node/log.hpp"

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

void cluster_state::look_up(const std::string& name) {
  const auto found = std::ranges::find(names_, name, &join_name::name);
  if (stopping_ || found == names_.end() || std::exchange(found->under_way, true))
    return;
  network_->resolve(name, cluster_actor{self_});
}

void cluster_state::take_addresses(const name_resolved& news) {
  const auto found = std::ranges::find(names_, news.name, &join_name::name);
  if (stopping_ || found == names_.end())
    return;
  found->under_way = false;
  found->tried = true;
  if (news.addresses.empty())
    tell_of_name(*found, log_level::warn, "name not resolved, retrying",
                 {{"name", found->name}, {"reason", news.why_not}});
  else
    use(*found, news.addresses);
  found->delay =
      is_alone() ? std::min<std::chrono::milliseconds>(2 * found->delay, join_name::soonest) : join_name::again;
  self_->delayed_send(self_, found->delay, look_up_due{found->name});
  tell_if_joined();
}

// Stops endless dialling of addresses that the name no longer has.
void cluster_state::use(join_name& which, std::vector<std::string> addresses) {
  std::ranges::sort(addresses);
  const auto repeated = std::ranges::unique(addresses);
  addresses.erase(repeated.begin(), repeated.end());
  const auto left_out = addresses.size() - std::min(addresses.size(), join_name::max_addresses);
  addresses.resize(addresses.size() - left_out);
  if (addresses != which.addresses)
    log(log_level::info, "name resolved",
        {{"name", which.name}, {"addresses", joined(addresses)}, {"left_out", left_out}});
  const auto before = std::exchange(which.addresses, std::move(addresses));
  for (const auto& address : before)
    if (auto* const target = targets_.find(address))
      target->configured = is_configured(address);
  for (const auto& address : which.addresses) {
    auto& target = targets_.add(address);
    target.configured = true;
    target.own = address == self().address;
    target.tried = target.tried || target.own;
    if (!target.due)
      dial(address);
  }
}

bool cluster_state::is_configured(const std::string& address) const {
  const auto& join = home_->here.settings.cluster.join;
  return std::ranges::find(join, address) != join.end() || std::ranges::any_of(names_, [&](const auto& each) {
           return std::ranges::find(each.addresses, address) != each.addresses.end();
         });
}

// Logs one line for all addresses of a name except the node's own, once all were tried.
void cluster_state::log_failure_of_name(join_name& which) {
  std::size_t others = 0;
  std::size_t reached = 0;
  std::string reason;
  for (const auto& address : which.addresses) {
    const auto* const target = targets_.find(address);
    if (target == nullptr || target->own)
      continue;
    ++others;
    const bool is_reached = is_up(*target);
    if (!is_reached && !target->tried)
      return;
    if (is_reached)
      ++reached;
    else if (!target->last_failure.empty())
      reason = target->last_failure;
  }
  if (reason.empty())
    return;
  tell_of_name(which, reached == 0 && !is_routine(reason) ? log_level::warn : log_level::info,
               reached == 0 ? "node not reached, retrying" : "not all addresses of a name reached, retrying",
               {{"name", which.name}, {"others", others}, {"reached", reached}, {"reason", reason}});
}

void cluster_state::tell_of_name(join_name& which, log_level level, std::string_view message,
                                 std::initializer_list<log_field> fields) {
  std::string line{message};
  for (const auto& each : fields)
    line.append(each.key).append(each.value);
  if (std::exchange(which.logged, line) != line)
    log(level, message, fields);
}

}  // namespace ability
