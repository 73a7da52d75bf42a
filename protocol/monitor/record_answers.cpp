#include "protocol/monitor/record_answers.hpp"

#include <utility>

#include "protocol/json/json_writer.hpp"
#include "protocol/monitor/answers.hpp"
#include "protocol/monitor/write_position.hpp"
#include "protocol/text/utf8.hpp"

namespace ability {

namespace {

void write_identity(json_writer& to, const connection_line& line) {
  to.member("id", shown(line.id))
      .member("identity", shown(line.identity))
      .member("transport", line.transport)
      .member("connected_s", line.connected_s);
  if (line.peer.empty())
    return;
  to.member("peer", shown(line.peer));
  if (line.bytes_in)
    to.member("bytes_in", *line.bytes_in);
  if (line.bytes_out)
    to.member("bytes_out", *line.bytes_out);
  to.member("pending_bytes", line.pending_bytes);
}

void write_counts(json_writer& to, const stream_line& line) {
  to.member("name", shown(line.name))
      .member("subscribers", line.subscribers)
      .member("gaps", line.gaps)
      .member("lost", line.lost);
  write_position(to, line.position);
  to.member("kept", line.kept).member("bytes", line.bytes);
}

}  // namespace

std::string encode_connection(const connection_line& of, const std::vector<subscription_line>& subscriptions) {
  std::string json;
  json_writer out{json};
  out.open('{');
  write_identity(out, of);
  out.key("subscriptions").open('[');
  bool more = subscriptions.size() < of.subscriptions;
  for (const auto& each : subscriptions) {
    std::string line;
    json_writer one{line};
    one.open('{').member("identifier", shown(each.identifier)).key("streams").open('[');
    for (const auto& stream : each.streams) {
      more = more || line.size() > max_answer_size / 4;
      if (line.size() <= max_answer_size / 4)
        one.value(shown(stream));
    }
    one.close(']').close('}');
    more = more || json.size() + line.size() > max_answer_size;
    if (json.size() + line.size() <= max_answer_size)
      out.raw(line);
  }
  out.close(']');
  if (more)
    out.member("more", true);
  out.close('}');
  return json;
}

std::string encode_stream(const stream_line& of, const std::vector<std::string>& sids, bool more) {
  std::string json;
  json_writer out{json};
  out.open('{');
  write_counts(out, of);
  out.key("connections").open('[');
  for (const auto& sid : sids)
    out.value(sid);
  out.close(']').member("more", more).close('}');
  return json;
}

std::string cursor_behind(std::string_view name) {
  constexpr std::size_t most = 8'192;
  std::string cursor{utf8_prefix(name, most)};
  // The greatest character sorts after every other one.
  if (cursor.size() < name.size())
    cursor += "\U0010ffff";
  return cursor;
}

page_writer::page_writer(std::string_view what) { json_writer{json_}.open('{').key(what).open('['); }

bool page_writer::append(const std::string& line) {
  if (lines_ > 0 && json_.size() + line.size() > max_answer_size)
    return false;
  if (lines_++ > 0)
    json_ += ',';
  json_ += line;
  return true;
}

bool page_writer::add(const connection_line& line) {
  std::string json;
  json_writer out{json};
  out.open('{');
  write_identity(out, line);
  out.member("subscriptions", line.subscriptions).close('}');
  return append(json);
}

bool page_writer::add(const stream_line& line) {
  std::string json;
  json_writer out{json};
  out.open('{');
  write_counts(out, line);
  out.close('}');
  return append(json);
}

std::string page_writer::finish(std::string_view next, std::uint64_t total) && {
  std::string rest;
  json_writer out{rest};
  out.key("next");
  if (next.empty())
    out.raw("null");
  else
    out.value(next);
  out.member("total", total);
  json_.append("],").append(rest).append("}");
  return std::move(json_);
}

}  // namespace ability
