#include "apps/abilityctl/monitor/monitor_options.hpp"

#include <cstdint>
#include <cstdlib>
#include <initializer_list>

#include "apps/abilityctl/cli/argument_errors.hpp"
#include "apps/abilityctl/monitor/json_facts.hpp"
#include "apps/abilityctl/terminal/terminal_text.hpp"
#include "protocol/auth/secret.hpp"

namespace ability {
namespace {

constexpr double shortest_timeout = 0.001;  // seconds
constexpr double longest_timeout = 3'600;

/// Value of the first variable that is set and not empty; empty if there is none.
std::string of_environment(std::initializer_list<const char*> names) {
  for (const auto* name : names)
    if (const auto* value = std::getenv(name); value != nullptr && *value != '\0')
      return value;
  return {};
}

}  // namespace

std::vector<std::string> login_secrets(const std::string& given) {
  if (!given.empty())
    return {cluster_key({}, given), given};
  const auto secret = of_environment({"ABILITY_SECRET", "ANYCABLE_SECRET"});
  std::vector<std::string> found{of_environment({"ABILITY_CLUSTER_SECRET"}),
                                 cluster_key({}, secret == "none" ? "" : secret),
                                 of_environment({"ABILITY_MONITOR_SECRET"})};
  std::erase_if(found, [](const auto& each) { return each.empty(); });
  return found;
}

monitor_options::monitor_options(CLI::App& command) {
  command
      .add_option(
          "--secret", secret_,
          "The node's --secret, or else its --cluster-secret or --monitor-secret. Other users of the machine can "
          "see it here; better set ABILITY_CLUSTER_SECRET, ABILITY_SECRET or ABILITY_MONITOR_SECRET as for the "
          "node (the first that is set and works counts)")
      ->type_name("TEXT");
  command.add_option("--node", node_, "The node: host:port of its --monitor-listen or --cluster-listen")
      ->type_name("ADDRESS")
      ->envname("ABILITY_NODE")
      ->capture_default_str();
  command.add_option("--cert", tls_.certificate, "PEM file of this program's certificate, if the node speaks TLS")
      ->type_name("FILE");
  command.add_option("--key", tls_.key, "PEM file of the certificate's private key")->type_name("FILE");
  command.add_option("--ca", tls_.authorities, "PEM file of the authorities that signed the node's certificate")
      ->type_name("FILE");
  command.add_option("--timeout", timeout_, "Seconds until an answer must have come")
      ->type_name("SECONDS")
      ->check(number_within(shortest_timeout, longest_timeout, "seconds"))
      ->capture_default_str();
  command.add_flag("--cluster", cluster_, "Ask every node of the cluster that the node knows");
  command.add_flag("--json", json_, "Print the answer as JSON, on one line");
}

std::optional<ctl_result> monitor_options::misuse() const {
  if (!parse_node_address(node_))
    return wrong_usage("--node must be host:port, such as 127.0.0.1:7700, not '" + printable(node_) + "'.");
  if (const auto wrong = fault_of(tls_))
    return wrong_usage(printable(*wrong) + ".");
  return {};
}

whom_to_ask monitor_options::whom() const {
  return {.node = *parse_node_address(node_),
          .how = {.secrets = login_secrets(secret_),
                  .tls = tls_,
                  .timeout = std::chrono::milliseconds{static_cast<std::int64_t>(timeout_ * 1'000)}},
          .cluster = cluster_};
}

ctl_result ask_and_print(const monitor_options& given, const conversation& what,
                         const std::function<std::string(const std::vector<node_answer>&)>& text) {
  const auto whom = given.whom();
  auto answers = ask_nodes(whom, what);
  forget_strangers(answers);
  ctl_result result;
  for (const auto& [node, value] : answers)
    if (!value) {
      // The named node may be known by its address only, which the sentence already contains.
      const auto which = node == to_string(whom.node) ? "" : "node " + printable(node) + ": ";
      result.err += (result.err.empty() ? "" : "\nabilityctl: ") + which + ended(value.error().sentence);
    }
  result.exit_code = result.err.empty() ? 0 : 1;
  if (given.json() && given.cluster())
    result.out = line_of(merged(answers)) + '\n';
  std::erase_if(answers, [](const auto& each) { return !each.value; });
  if (given.json() && !given.cluster() && !answers.empty())
    result.out = line_of(*answers.front().value) + '\n';
  if (!given.json() && !answers.empty())
    result.out = text(answers);
  return result;
}

}  // namespace ability
