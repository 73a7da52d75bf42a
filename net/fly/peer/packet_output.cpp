#include "net/fly/peer/packet_output.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "protocol/fly/compression.hpp"
#include "protocol/text/utf8.hpp"

namespace ability::fly {

namespace {

constexpr std::size_t code_size = 4;  // bytes of an error's code

}  // namespace

packet_output::packet_output(transport_ptr over, const peer_options& how, const terms& by,
                             std::function<void()> on_congested)
    : over_{std::move(over)}, options_{how}, terms_{by}, on_congested_{std::move(on_congested)} {}

transport_ptr packet_output::release() noexcept { return std::exchange(over_, nullptr); }

void packet_output::write(const packet& what) {
  if (!over_)
    return;
  thread_local std::string bytes;
  bytes.clear();
  append_packet(bytes, what, options_.profile);
  over_->send(bytes);
  if (congested_ || over_->queued() <= options_.max_queued)
    return;
  congested_ = true;
  check_at_ = call_table::clock::now() + check_interval;
  on_congested_();
}

void packet_output::write_rpc(std::uint8_t options, std::uint16_t command, std::uint8_t sequence, const encoded& what) {
  if (what.is_raw)
    options |= rpc_option::buffer;
  if (terms_.deflate)
    if (const auto smaller = compress(what.bytes))
      return write(
          {subtype::rpc, static_cast<std::uint8_t>(options | rpc_option::compressed), command, sequence, *smaller});
  write({subtype::rpc, options, command, sequence, what.bytes});
}

void packet_output::write_reply(std::uint16_t command, std::uint8_t sequence, const answer& what) {
  if (what.has_value()) {
    static const encoded nothing;
    const auto& message = *what ? **what : nothing;
    if (message.bytes.size() <= terms_.limit)
      return write_rpc(rpc_option::resp, command, sequence, message);
    return write_reply(command, sequence, remote_error{error_code::too_long, "the reply does not fit in a packet"});
  }
  auto error = what.error();
  error.text = utf8_prefix(error.text, std::max<std::size_t>(terms_.limit, code_size) - code_size);
  write({subtype::rpc, rpc_option::resp | rpc_option::error, command, sequence, encode_error(error)});
}

void packet_output::check(time_point now) {
  if (!over_ || check_at_ > now)
    return;
  congested_ = over_->queued() > options_.max_queued / 2;
  check_at_ = congested_ ? now + check_interval : call_table::never;
}

}  // namespace ability::fly
