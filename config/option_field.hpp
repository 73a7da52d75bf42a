// The place of an option's value in `options`.
#pragma once

#include <functional>
#include <type_traits>
#include <utility>

#include "config/options.hpp"

namespace ability {

/// Access to one value in `options`.
template <class T>
struct field {
  std::function<T&(options&)> write;
  std::function<const T&(const options&)> read;
};

/// The value at the end of a path of members: `field_at(&options::edge, &edge_settings::health_path)`.
template <class... Members>
auto field_at(Members... path) {
  using type = std::remove_reference_t<decltype((std::declval<options&>().*....*path))>;
  return field<type>{[path...](options& o) -> type& { return (o.*....*path); },
                     [path...](const options& o) -> const type& { return (o.*....*path); }};
}

/// The value of one member, wherever `options` keeps its struct: `field_of(&edge_settings::health_path)`.
template <class T>
field<T> field_of(T options::*member) {
  return field_at(member);
}
template <class T>
field<T> field_of(T server_settings::*member) {
  return field_at(&options::server, member);
}
template <class T>
field<T> field_of(T edge_settings::*member) {
  return field_at(&options::edge, member);
}
template <class T>
field<T> field_of(T node_settings::*member) {
  return field_at(&options::node, member);
}
template <class T>
field<T> field_of(T history_settings::*member) {
  return field_at(&options::node, &node_settings::history, member);
}
template <class T>
field<T> field_of(T history_bounds::*member) {
  return field_at(&options::node, &node_settings::history, &history_settings::bounds, member);
}
template <class T>
field<T> field_of(T stream_channel_settings::*member) {
  return field_at(&options::node, &node_settings::streams, member);
}
template <class T>
field<T> field_of(T app_settings::*member) {
  return field_at(&options::node, &node_settings::app, member);
}
template <class T>
field<T> field_of(T session_settings::*member) {
  return field_at(&options::node, &node_settings::sessions, member);
}
template <class T>
field<T> field_of(T cluster_settings::*member) {
  return field_at(&options::node, &node_settings::cluster, member);
}
template <class T>
field<T> field_of(T member::*part) {
  return field_at(&options::node, &node_settings::cluster, &cluster_settings::self, part);
}
template <class T>
field<T> field_of(T monitor_settings::*member) {
  return field_at(&options::node, &node_settings::monitor, member);
}
template <class T>
field<T> field_of(T presence_settings::*member) {
  return field_at(&options::node, &node_settings::presence, member);
}
template <class T>
field<T> field_of(T app_server_settings::*member) {
  return field_at(&options::app_server, member);
}
template <class T>
field<T> field_of(T token_settings::*member) {
  return field_at(&options::tokens, member);
}
template <class T>
field<T> field_of(T redis_endpoint::*member) {
  return field_at(&options::redis, member);
}
template <class T>
field<T> field_of(T redis_tls::*member) {
  return field_at(&options::redis, &redis_endpoint::tls, member);
}
template <class T>
field<T> field_of(T redis_stream_settings::*member) {
  return field_at(&options::node, &node_settings::redis_stream, member);
}
template <class T>
field<T> field_of(T redis_log_settings::*member) {
  return field_at(&options::redis_log, member);
}
template <class T>
field<T> field_of(T redis_pipeline_settings::*member) {
  return field_at(&options::redis_log, &redis_log_settings::pipeline, member);
}
template <class T>
field<T> field_of(T tunnel_settings::*member) {
  return field_at(&options::tunnel, member);
}
template <class T>
field<T> field_of(T log_settings::*member) {
  return field_at(&options::log, member);
}

}  // namespace ability
