// The subcommands of abilityctl: one function each, in a file of its own.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace ability {

/// Output and exit code of the program.
struct ctl_result {
  int exit_code = 0;
  std::string out;  ///< for stdout, ends with a newline unless empty
  std::string err;  ///< one sentence for stderr, or empty; holds no secret
};

/// Result of a subcommand that was used wrongly.
ctl_result wrong_usage(std::string sentence);

/// `sentence` with a full stop, unless it ends with a question mark.
std::string ended(std::string sentence);

// Each adds its subcommand to `app`, which writes to `to` when it is parsed. REQUIRES that `to` outlives `app`.

/// `token`: makes a token for a client.
void add_token(CLI::App& app, ctl_result& to);

/// `fly`: tries a FlyRPC server.
void add_fly(CLI::App& app, ctl_result& to);

/// `status`: shows the state of nodes.
void add_status(CLI::App& app, ctl_result& to);

/// `connections`, `connection`: show the clients of nodes.
void add_connection_lists(CLI::App& app, ctl_result& to);

/// `streams`, `stream`, `nodes`: show streams and members.
void add_lists(CLI::App& app, ctl_result& to);

/// `history`, `sessions`: show what nodes keep for clients that come back.
void add_history(CLI::App& app, ctl_result& to);

/// `presence`: shows the members of a stream.
void add_presence(CLI::App& app, ctl_result& to);

/// `watch`: shows the feeds of nodes.
void add_watch(CLI::App& app, ctl_result& to);

/// `disconnect`, `drain`, `log-level`: change the state of nodes.
void add_orders(CLI::App& app, ctl_result& to);

/// `load`: tests a server under load.
void add_load(CLI::App& app, ctl_result& to);

/// `publish`: publishes a message.
void add_publish(CLI::App& app, ctl_result& to);

/// `key`: derives a key from the secret.
void add_key(CLI::App& app, ctl_result& to);

/// `sign-stream`: signs the name of a stream.
void add_sign_stream(CLI::App& app, ctl_result& to);

}  // namespace ability
