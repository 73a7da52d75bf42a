/// Terms of a connection, on which its two sides agree by Helo.
/// Source: docs/protocols/flyrpc.md "Helo".
#pragma once

#include <cstddef>
#include <string>

#include "protocol/fly/helo.hpp"
#include "protocol/fly/packet.hpp"

namespace ability::fly {

/// Without a Helo: JSON, uncompressed, no acknowledgements, and no names.
struct terms {
  serializer how = serializer::json;
  bool deflate = false;
  bool acks = false;
  bool positions = false;          ///< messages of streams have positions ahead
  bool loses_packets = false;      ///< UDP
  std::size_t limit = max_buffer;  ///< bytes of a packet's buffer
  std::string identity = {};       ///< of the client, known to the server only
  std::string session = {};        ///< unique name of the connection
};

/// Inflates the buffer of `what` into `into` if it is compressed, and refers to it there. False: it is not deflate, or
/// too long.
bool inflate(const terms& by, packet& what, std::string& into);

}  // namespace ability::fly
