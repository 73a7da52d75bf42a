#include "config/parsed_options.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "config/history_rules.hpp"
#include "config/key_set_url.hpp"
#include "config/option_layers.hpp"
#include "config/option_types.hpp"
#include "config/redis_url.hpp"
#include "config/rpc_url.hpp"
#include "config/text_forms.hpp"
#include "protocol/text/trimmed.hpp"

namespace ability {

namespace {

void lower(std::string& text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
}

option in_lower_case(option given, field<std::vector<std::string>> where) {
  given.set = [set = std::move(given.set), where = std::move(where)](options& o,
                                                                     const std::vector<std::string>& values) {
    auto error = set(o, values);
    std::ranges::for_each(where.write(o), lower);
    return error;
  };
  return given;
}

// `parse` returns a variant whose std::string is the fault; `is_url` selects the values that are parsed.
template <class Condition, class Parse>
option checked_by(option given, Condition is_url, Parse parse) {
  given.set = [set = std::move(given.set), is_url, parse](options& o, const std::vector<std::string>& values) {
    if (values.size() == 1 && is_url(values.front())) {
      const auto url = parse(values.front());
      if (const auto* error = std::get_if<std::string>(&url))
        return *error;
    }
    return set(o, values);
  };
  return given;
}

bool takes_any(std::string_view) { return true; }

constexpr std::string_view cookies_key = "cookies=";

// The names in `cookies=NAMES`, none for an empty text; nullopt: it has another form.
std::optional<std::vector<std::string>> read_bound_cookies(std::string_view text) {
  if (trimmed(text).empty())
    return std::vector<std::string>{};
  if (!text.starts_with(cookies_key))
    return std::nullopt;
  auto names = split_list(text.substr(cookies_key.size()));
  if (names.empty() || !std::ranges::all_of(names, forms::cookie.fits))
    return std::nullopt;
  return names;
}

}  // namespace

option origins(std::string help) {
  return in_lower_case(
      list("allowed_origins", field_of(&edge_settings::allowed_origins), forms::origin, true, std::move(help)),
      field_of(&edge_settings::allowed_origins));
}

option redis_address(std::string help) {
  return checked_by(
      text("redis_url", field_of(&options::redis_url), {"URL", redis_url_forms, takes_any}, std::move(help)),
      [](const std::string& value) { return !value.empty(); }, parse_redis_url);
}

option application_address(std::string help) {
  return checked_by(
      text("rpc_host", field_of(&app_server_settings::url), {"URL", rpc_url_forms, takes_any}, std::move(help)),
      takes_any, parse_rpc_url);
}

option key_set(std::string help) {
  const text_form file_or_url{"FILE", "the path of a file, or https://host[:port][/path][?query]", forms::file.fits};
  return checked_by(text("jwt_jwks", field_of(&token_settings::key_set), file_or_url, std::move(help)), is_key_set_url,
                    parse_key_set_url);
}

option forwarded_headers(std::string help) {
  return in_lower_case(
      list("headers", field_of(&edge_settings::forwarded_headers), forms::header, true, std::move(help)),
      field_of(&edge_settings::forwarded_headers));
}

option history_rules(std::string help) {
  const auto where = field_of(&history_settings::rules);
  auto rules = make_option(
      "history_streams", value_type::text, "RULES",
      "NAME:limit=N,ttl=TIME or NAME:off, with ; between them, where N is from 1 to 1000000 and TIME up to 720h",
      std::move(help),
      [where](options& o, const std::string& value) {
        auto rules = read_history_rules(value);
        if (rules)
          where.write(o) = std::move(*rules);
        return rules.has_value();
      },
      [where](const options& o) { return history_rules_text(where.read(o)); });
  // One of several rules is hard to find in the whole.
  rules.set = [set = std::move(rules.set)](options& o, const std::vector<std::string>& values) {
    auto error = set(o, values);
    const auto wrong = values.size() == 1 ? wrong_history_rule(values.front()) : std::string_view{};
    return error.empty() || wrong.empty() ? error : "the rule " + quoted_excerpt(wrong) + ' ' + error;
  };
  return rules;
}

option session_binding(std::string help) {
  const auto where = field_of(&edge_settings::bound_cookies);
  return make_option(
      "sessions_bind", value_type::text, "cookies=NAMES", "cookies= and names of cookies with commas between them",
      std::move(help),
      [where](options& o, const std::string& value) {
        auto names = read_bound_cookies(value);
        if (names)
          where.write(o) = std::move(*names);
        return names.has_value();
      },
      [where](const options& o) {
        std::string text;
        for (const auto& name : where.read(o))
          text.append(text.empty() ? cookies_key : ",").append(name);
        return text;
      });
}

}  // namespace ability
