#include "actors/sessions/packed_session.hpp"

#include <utility>

#include "protocol/redis_sessions/packed_fields.hpp"

namespace ability {

namespace {

constexpr std::uint64_t version = 1;

// -- out

void add(packed_writer& to, const text_map& map) {
  to.add(std::uint64_t{map.size()});
  for (const auto& [key, value] : map) {
    to.add(key);
    to.add(value);
  }
}

void add(packed_writer& to, const std::vector<std::string>& texts) {
  to.add(std::uint64_t{texts.size()});
  for (const auto& each : texts)
    to.add(each);
}

void add(packed_writer& to, const session_credential& credential) {
  to.add_flag(credential.by_token);
  to.add(credential.who);
  to.add(credential.cookies);
  to.add(credential.protocol);
}

void add(packed_writer& to, const session_record::subscription& one) {
  to.add(one.identifier);
  to.add(std::uint64_t{one.tag});
  to.add_flag(one.may_whisper);
  to.add_flag(one.may_be_present);
  to.add_flag(one.confirmed);
  to.add(std::uint64_t{one.streams.size()});
  for (const auto& each : one.streams) {
    to.add(each.name);
    to.add(each.began.epoch);
    to.add(each.began.offset);
  }
  to.add_flag(one.state != nullptr);
  if (one.state != nullptr)
    add(to, *one.state);
  to.add_flag(one.member_of != nullptr);
  if (one.member_of != nullptr) {
    to.add(one.member_of->stream);
    to.add(one.member_of->as->id);
    to.add(one.member_of->as->info);
  }
}

// -- in. Counts are checked against the bytes that are left, so that nothing is reserved for what is not there.

text_map read_map(packed_reader& from) {
  text_map read;
  for (auto left = from.count(); left > 0 && from.is_good(); --left) {
    std::string key{from.text()};
    read.insert_or_assign(std::move(key), std::string{from.text()});
  }
  return read;
}

std::vector<std::string> read_texts(packed_reader& from) {
  std::vector<std::string> read;
  for (auto left = from.count(); left > 0 && from.is_good(); --left)
    read.emplace_back(from.text());
  return read;
}

session_credential read_credential(packed_reader& from) {
  session_credential read;
  read.by_token = from.flag();
  read.who = from.text();
  read.cookies = from.text();
  read.protocol = from.text();
  return read;
}

session_record::subscription read_subscription(packed_reader& from) {
  session_record::subscription read;
  read.identifier = from.text();
  read.tag = static_cast<std::uint32_t>(from.number());
  read.may_whisper = from.flag();
  read.may_be_present = from.flag();
  read.confirmed = from.flag();
  for (auto left = from.count(); left > 0 && from.is_good(); --left) {
    auto& stream = read.streams.emplace_back();
    stream.name = from.text();
    stream.began.epoch = from.number();
    stream.began.offset = from.number();
  }
  if (from.flag())
    read.state = std::make_unique<text_map>(read_map(from));
  if (from.flag()) {
    std::string stream{from.text()};
    auto as = std::make_shared<presence_request>();
    as->id = from.text();
    as->info = from.text();
    read.member_of = std::make_unique<presence_membership>(presence_membership{std::move(stream), std::move(as)});
  }
  return read;
}

}  // namespace

std::string pack_session(const session_record& record) {
  packed_writer to;
  to.add(version);
  to.add(record.sid);
  to.add(record.identity);
  add(to, record.credential);
  add(to, record.earlier_sids);
  to.add(std::uint64_t{record.subscriptions.size()});
  for (const auto& each : record.subscriptions)
    add(to, each);
  to.add(record.env.url);
  add(to, record.env.headers);
  add(to, record.env.connection_state);
  add(to, record.env.subscription_state);
  to.add_flag(record.was_asked);
  to.add_flag(record.owes_disconnect);
  return to.take();
}

session_ptr unpack_session(std::string_view bytes) {
  packed_reader from{bytes};
  if (from.number() != version)
    return nullptr;
  auto read = std::make_shared<session_record>();
  read->sid = from.text();
  read->identity = from.text();
  read->credential = read_credential(from);
  read->earlier_sids = read_texts(from);
  for (auto left = from.count(); left > 0 && from.is_good(); --left)
    read->subscriptions.push_back(read_subscription(from));
  read->env.url = from.text();
  read->env.headers = read_map(from);
  read->env.connection_state = read_map(from);
  read->env.subscription_state = read_map(from);
  read->was_asked = from.flag();
  read->owes_disconnect = from.flag();
  return from.is_done() ? read : nullptr;
}

std::string text_of(const session_credential& credential) {
  packed_writer to;
  add(to, credential);
  return to.take();
}

}  // namespace ability
