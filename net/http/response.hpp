/// HTTP answers and their bytes.
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>
#include <string>
#include <string_view>

namespace ability {

using http_response = boost::beast::http::response<boost::beast::http::string_body>;

/// An answer with a text to read. `keep_alive`: another request may follow on the connection.
http_response plain_answer(boost::beast::http::status status, std::string_view text, bool keep_alive);

/// The answer as JSON that no cache keeps.
http_response as_json(http_response answer);

/// 503 with Retry-After.
http_response come_back_later(std::string_view why, bool keep_alive);

/// The bytes of the answer. REQUIRES that `prepare_payload()` was called.
std::string to_text(const http_response& answer);

}  // namespace ability
