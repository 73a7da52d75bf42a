#include "apps/load/links/http_publish_link.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <utility>

#include "protocol/json/json_text.hpp"

namespace ability::load {

namespace http = boost::beast::http;

namespace {

constexpr std::uint32_t max_head = 16'384;
constexpr std::uint64_t max_body = std::uint64_t{1} << 20;

}  // namespace

struct http_publish_link::answer {
  http::response_parser<http::string_body> parser;

  answer() {
    parser.header_limit(max_head);
    parser.body_limit(max_body);
    parser.eager(true);
  }
};

void append_publications(std::string& out, const std::vector<load_message>& batch) {
  if (batch.size() != 1)
    out += '[';
  for (const auto& each : batch) {
    if (&each != batch.data())
      out += ',';
    out += R"({"stream":)";
    append_json_string(out, each.stream);
    out += R"(,"data":)";
    append_json_string(out, each.json);
    out += '}';
  }
  if (batch.size() != 1)
    out += ']';
}

http_publish_link::http_publish_link(lane_parts& parts, const route& how, publish_callback told)
    : pipelined_publish_link{parts, how, std::move(told)} {
  head_ =
      "POST " + how.to->path + " HTTP/1.1\r\nHost: " + how.to->authority() + "\r\nContent-Type: application/json\r\n";
  if (const auto& key = parts.where->given.broadcast_key; !key.empty())
    head_ += "Authorization: Bearer " + key + "\r\n";
  head_ += "Content-Length: ";
}

http_publish_link::~http_publish_link() = default;

http_publish_link::request http_publish_link::encode(const std::vector<load_message>& batch) {
  std::string body;
  append_publications(body, batch);
  std::string out;
  out.reserve(head_.size() + 16 + body.size());
  return {out.append(head_).append(std::to_string(body.size())).append("\r\n\r\n").append(body), 1};
}

http_publish_link::request http_publish_link::hello() {
  unread_.clear();
  answer_ = nullptr;
  return {};
}

std::string http_publish_link::read(std::string_view bytes) {
  unread_ += bytes;
  std::string_view left = unread_;
  bool more = true;
  while (more && !left.empty()) {
    if (answer_ == nullptr)
      answer_ = std::make_unique<answer>();
    auto& parser = answer_->parser;
    boost::system::error_code error;
    left.remove_prefix(parser.put(boost::asio::buffer(left.data(), left.size()), error));
    if (error && error != http::error::need_more)
      return "not an HTTP answer";
    if (!parser.is_done()) {
      // A long body is parsed in pieces; the head has to be complete.
      if (error == http::error::need_more)
        break;
      continue;
    }
    const auto status = parser.get().result_int();
    const bool keeps = parser.keep_alive();
    answer_ = nullptr;
    if (status < 200)  // interim response
      continue;
    more = answered(status < 300 ? std::string{} : "HTTP " + std::to_string(status));
    if (more && !keeps) {
      last_answer();
      more = false;
    }
  }
  unread_.erase(0, unread_.size() - left.size());
  return {};
}

// A response without a length ends with its connection.
bool http_publish_link::ended() {
  if (answer_ == nullptr || !answer_->parser.is_header_done())
    return false;
  boost::system::error_code error;
  answer_->parser.put_eof(error);
  if (error || !answer_->parser.is_done())
    return false;
  const auto status = answer_->parser.get().result_int();
  answer_ = nullptr;
  return answered(status < 300 ? std::string{} : "HTTP " + std::to_string(status));
}

}  // namespace ability::load
