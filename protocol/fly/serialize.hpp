/// Messages of the user's types, to and from the buffers of packets.
/// Source: docs/protocols/flyrpc.md "Serializers".
#pragma once

#include <climits>
#include <concepts>
#include <cstddef>
#include <exception>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "protocol/fly/helo.hpp"
#include "protocol/fly/remote_error.hpp"

namespace ability::fly {

/// Bytes that by-pass the serializer: they travel with the option `buffer`. So do std::vector<std::byte> and
/// std::span<const std::byte>.
struct raw {
  std::string bytes = {};
};

/// A message of protoc's making, known by its shape so that no header of it is needed here.
template <class T>
concept protobuf_message = requires(T message, const T& same, std::string text) {
  { same.SerializeToString(&text) } -> std::same_as<bool>;
  { message.ParseFromArray(text.data(), 1) } -> std::same_as<bool>;
};

template <class T>
concept raw_message =
    std::same_as<T, raw> || std::same_as<T, std::vector<std::byte>> || std::same_as<T, std::span<const std::byte>>;

/// What can be sent: raw bytes, protobuf messages, and what nlohmann's library makes JSON of (`to_json`).
template <class T>
concept encodable = raw_message<T> || protobuf_message<T> ||
    (!std::same_as<T, remote_error> && !std::same_as<T, error_code> &&
     std::is_constructible_v<nlohmann::json, const T&>);

/// What a buffer can become: the same by `from_json`, but nothing that only refers to memory.
template <class T>
concept decodable =
    std::default_initializable<T> && std::movable<T> && !std::same_as<T, std::string_view> &&
    !std::same_as<T, std::span<const std::byte>> && !std::same_as<T, remote_error> && !std::same_as<T, error_code> &&
    (raw_message<T> || protobuf_message<T> || requires(const nlohmann::json& value) { value.template get<T>(); });

/// A buffer on its way out.
struct encoded {
  std::string bytes = {};
  bool is_raw = false;
};

/// A buffer that came, and how to read it. Refers to the packet's bytes.
struct payload {
  std::string_view bytes = {};
  bool is_raw = false;
  serializer how = serializer::json;
};

/// A buffer as a JSON value. Errors: `bad_payload`, also for more than 64 levels of nesting; `not_protobuf`.
outcome<nlohmann::json> read_json(const payload& buffer);

/// A JSON value as a buffer. Errors: `bad_payload` (text that is not UTF-8); `not_protobuf`.
outcome<encoded> write_json(serializer how, const nlohmann::json& value);

/// What becomes of an exception of `to_json` or `from_json`.
remote_error unreadable(const std::exception& why);

/// Writes a message. Protobuf messages are always protobuf, raw bytes are left as they are.
/// Errors: `bad_payload` (it cannot be written); `not_protobuf` (the connection speaks protobuf, and this is none).
template <encodable T>
outcome<encoded> encode_message(serializer how, const T& message) {
  if constexpr (std::same_as<T, raw>) {
    return encoded{message.bytes, true};
  } else if constexpr (raw_message<T>) {
    return encoded{{reinterpret_cast<const char*>(message.data()), message.size()}, true};
  } else if constexpr (protobuf_message<T>) {
    encoded out;
    if (!message.SerializeToString(&out.bytes))
      return remote_error{error_code::bad_payload, "a required field is missing"};
    return out;
  } else {
    if (how == serializer::protobuf)
      return write_json(how, {});
    if constexpr (std::same_as<T, nlohmann::json>) {
      return write_json(how, message);
    } else {
      try {
        return write_json(how, nlohmann::json(message));
      } catch (const std::exception& why) {
        return unreadable(why);
      }
    }
  }
}

/// Reads a message, as it was written by `encode_message`. std::vector<std::byte> and `raw` take any buffer as it is,
/// std::string a raw one too.
/// Errors: `bad_payload`; `not_protobuf` (the connection speaks protobuf, and `T` is none).
template <decodable T>
outcome<T> decode_message(const payload& buffer) {
  if constexpr (std::same_as<T, raw>) {
    return raw{std::string{buffer.bytes}};
  } else if constexpr (raw_message<T>) {
    const auto bytes = std::as_bytes(std::span{buffer.bytes});
    return T(bytes.begin(), bytes.end());
  } else if constexpr (protobuf_message<T>) {
    T message;
    if (buffer.is_raw || buffer.bytes.size() > INT_MAX ||
        !message.ParseFromArray(buffer.bytes.data(), static_cast<int>(buffer.bytes.size())))
      return remote_error{error_code::bad_payload, "not the protobuf message that is wanted"};
    return message;
  } else {
    if constexpr (std::same_as<T, std::string>)
      if (buffer.is_raw)
        return std::string{buffer.bytes};
    auto value = read_json(buffer);
    if (!value)
      return value.error();
    if constexpr (std::same_as<T, nlohmann::json>) {
      return value;
    } else {
      try {
        return value->template get<T>();
      } catch (const std::exception& why) {
        return unreadable(why);
      }
    }
  }
}

template <decodable T>
outcome<T> decode_message(serializer how, std::string_view bytes) {
  return decode_message<T>(payload{bytes, false, how});
}

}  // namespace ability::fly
