// The forms that an option's text can have.
#pragma once

#include <string_view>

namespace ability {

/// A form, with its texts for help and errors.
struct text_form {
  const char* placeholder;         ///< as in `--path PATHS`
  const char* allowed;             ///< completes "must be"; empty = any text fits
  bool (*fits)(std::string_view);  ///< true if a text has the form
};

namespace forms {

extern const text_form host;           ///< a name or an IP address
extern const text_form absolute_path;  ///< the path of one page
extern const text_form path_or_none;   ///< an absolute path, or `none`
extern const text_form path_pattern;   ///< an absolute path, or its beginning and `*`; `{name}` as a segment
extern const text_form origin;         ///< `host[:port]`, `*` and the end of one, or `file://`
extern const text_form file;           ///< the path of a file, or empty
extern const text_form secret;         ///< any text without control characters
extern const text_form bearer_key;     ///< a value for an Authorization header, or empty
extern const text_form channel;        ///< a Redis channel
extern const text_form key_prefix;     ///< the beginning of keys in Redis

extern const text_form token_name;     ///< letters, digits, - and _: part of a header's name, key of a query
extern const text_form header;         ///< the name of a header
extern const text_form cookie;         ///< the name of a cookie
extern const text_form fly_address;    ///< address to listen on for FlyRPC: `tcp://host:port`, `tls://`, `udp://`
extern const text_form address_range;  ///< an IP address, or a network like 10.0.0.0/8
extern const text_form endpoint;       ///< `host:port`, or empty
extern const text_form endpoints;      ///< `host:port` in a list
extern const text_form node_name;      ///< display name of a node, or empty
extern const text_form dependency;     ///< `redis` or `app`
extern const text_form adapter;        ///< `http`, `redis`, `redisx`; and `nats`, which is passed over

}  // namespace forms
}  // namespace ability
